import { Alert, Code } from '@mantine/core';
import { IconLockOpen } from '@tabler/icons-react';

/** Says that signing in cannot work here: the session's cookie needs HTTPS, or this machine itself. */
export function CookieWarning() {
  if (globalThis.isSecureContext) return null;
  return (
    <Alert color="orange" icon={<IconLockOpen aria-hidden />} title="Signing in does not work at this address">
      This page came over plain HTTP from <Code>{globalThis.location.host}</Code>. The session&apos;s cookie is sent
      over HTTPS or on the machine itself only. Open the portal at its <Code>https://</Code> address, or on the machine
      where it runs at <Code>http://localhost</Code>.
    </Alert>
  );
}
