import { Alert, Button, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { decidedLoginSchema, loginRequestSchema } from '../../wire/login-request.ts';
import type { LoginRequestView, NamedLogin } from '../../wire/login-request.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { ClockTime } from '../words/time-text.tsx';

/** What was decided, and what the browser is to bring to the command line, if anything. */
export interface Decided {
  readonly isApproved: boolean;
  readonly redirectPort: number | null;
  readonly code: string | null;
}

interface Props {
  readonly named: NamedLogin;
  readonly onDecided: (decided: Decided) => void;
}

/** Says what asks to be signed in, and lets somebody agree or refuse. */
export function Consent({ named, onDecided }: Props) {
  const api = useApi();
  const query = useQuery({
    queryKey: ['login-request', named],
    queryFn: () =>
      api.write({ method: 'POST', path: '/api/login-requests/view', body: named, schema: loginRequestSchema }),
    // Once it is decided there is nothing to look at any more.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.isPending) return <Skeleton height={180} role="status" aria-label="Loading what asks to sign in" />;
  if (query.isError) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Stack gap="md">
      <What request={query.data} />
      <Decision named={named} onDecided={onDecided} />
    </Stack>
  );
}

function What({ request }: { request: LoginRequestView }) {
  const { user, durationEndsAt } = useOwnSession();
  const { hostname, address, fromSameNetwork, requestedAt } = request;
  return (
    <>
      <Text>
        The command line <b>curfew</b> asks to sign in as <b>{user.username}</b>.
      </Text>
      <Table variant="vertical" aria-label="What asks to sign in">
        <Table.Tbody>
          <Fact name="Machine">{hostname} (says the command line)</Fact>
          <Fact name="Asks from">
            {address} ({fromSameNetwork ? 'like this browser' : 'another network than this browser'})
          </Fact>
          <Fact name="Since">
            <ClockTime at={Date.parse(requestedAt)} />
          </Fact>
        </Table.Tbody>
      </Table>
      <Text size="sm">
        It may do what you may, at every cluster that you reach
        {durationEndsAt !== null && (
          <>
            , until <ClockTime at={Date.parse(durationEndsAt)} /> at the latest
          </>
        )}
        . <i>Sessions</i> lists it, and ends it.
      </Text>
      <Alert color="orange" icon={<IconAlertTriangle aria-hidden />}>
        Go on only if you have just run <b>curfew login</b> yourself. Somebody who sent you here, or told you a code,
        would be signed in as you.
      </Alert>
    </>
  );
}

export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={110} scope="row">
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{children}</Table.Td>
    </Table.Tr>
  );
}

function Decision({ named, onDecided }: Props) {
  const api = useApi();
  const confirmed = useConfirmed();
  const [busy, setBusy] = useState<boolean | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const decide = async (approve: boolean): Promise<void> => {
    setBusy(approve);
    setRefusal(null);
    try {
      const body = { ...named, approve };
      const path = '/api/login-requests/decision';
      const decided = await confirmed(() => api.write({ method: 'POST', path, body, schema: decidedLoginSchema }));
      onDecided({ ...decided, isApproved: approve });
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
      setBusy(null);
    }
  };
  return (
    <>
      <FormAlert>{refusal}</FormAlert>
      <Group justify="flex-end">
        <Button variant="default" loading={busy === false} disabled={busy === true} onClick={() => void decide(false)}>
          Refuse
        </Button>
        <Button loading={busy === true} disabled={busy === false} onClick={() => void decide(true)}>
          Let it sign in
        </Button>
      </Group>
    </>
  );
}
