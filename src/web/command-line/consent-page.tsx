import { Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { LonePage } from '../app/message-page.tsx';
import { Consent } from './consent.tsx';
import type { Decided } from './consent.tsx';
import { callbackUrl } from './callback-url.ts';

const TITLE = 'Sign in at the command line';

/** `/command-line/sign-in?request=…&state=…`, which `curfew login` opens: afterwards the browser goes back to it. */
export function ConsentPage() {
  const { request, state } = useSearch({ from: '/signed-in/command-line/sign-in' });
  const [isDone, setDone] = useState(false);
  const goBack = (decided: Decided): void => {
    setDone(true);
    const url = callbackUrl(decided, state ?? '');
    if (url !== null) globalThis.location.replace(url);
  };
  return (
    <LonePage title={TITLE}>
      {request === undefined || state === undefined ? (
        <Text>
          This address is not whole. Run <b>curfew login</b> again, and open the one that it prints.
        </Text>
      ) : isDone ? (
        <Text role="status">Going back to the command line …</Text>
      ) : (
        <Consent named={{ challenge: request }} onDecided={goBack} />
      )}
    </LonePage>
  );
}

/** Where the browser ends up once the command line is signed in. */
export function SignedInPage() {
  return (
    <LonePage title="The command line is signed in">
      <Text>You can close this page and go on in your terminal.</Text>
    </LonePage>
  );
}
