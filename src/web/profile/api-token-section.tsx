import { Button, Code, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { z } from 'zod';
import { apiTokenSchema } from '../../wire/session.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { CopyableCode } from '../words/copyable-code.tsx';
import { ClockTime } from '../words/time-text.tsx';

type Token = z.infer<typeof apiTokenSchema>;

/** Makes a *Temporary API Token*: a bearer token that dies with this session, shown once and kept nowhere. */
export function ApiTokenSection() {
  const api = useApi();
  const confirmed = useConfirmed();
  const [token, setToken] = useState<Token | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const create = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      setToken(
        await confirmed(() => api.write({ method: 'POST', path: '/api/session/api-token', schema: apiTokenSchema })),
      );
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Stack gap="xs" component="section" aria-labelledby="api-token">
      <Title order={2} id="api-token">
        Temporary API Token
      </Title>
      <Text size="sm" c="dimmed">
        For scripts: send it as <Code>Authorization: Bearer …</Code>. It can do what you can do, at your clusters too,
        and ends with this session.
      </Text>
      <FormAlert>{refusal}</FormAlert>
      {token !== null && <ShownToken token={token} />}
      <Button variant="default" w="fit-content" loading={isBusy} onClick={() => void create()}>
        {token === null ? 'Create token' : 'Create another token'}
      </Button>
    </Stack>
  );
}

function ShownToken({ token: { token, endsAt } }: { token: Token }) {
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">
        Copy it now: it is not shown again.{' '}
        {endsAt === null ? (
          'It ends when you sign out.'
        ) : (
          <>
            It ends at <ClockTime at={Date.parse(endsAt)} /> at the latest, or earlier with this session.
          </>
        )}
      </Text>
      <CopyableCode code={token} />
    </Stack>
  );
}
