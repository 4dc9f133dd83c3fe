import { Alert, Button, Group, Table, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { z } from 'zod';
import { HAND_OVER_PATH, applicationSchema, portSchema } from '../../wire/hand-over.ts';
import { apiTokenSchema } from '../../wire/session.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { LonePage } from '../app/message-page.tsx';
import { FormAlert } from '../forms/form-alert.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { ClockTime } from '../words/time-text.tsx';
import { Fact } from './consent.tsx';
import { isLoadedFor, post, targetOf } from './hand-over-target.ts';

const flag = z.boolean().optional().catch(undefined);

/** As DuploCloud's clients write it (docs/guide/duplocloud.md). */
export const handOverSearchSchema = z.object({
  localAppName: applicationSchema.optional().catch(undefined),
  localPort: portSchema.optional().catch(undefined),
  isAdmin: flag,
  redirect: flag,
  success: flag,
});

interface Program {
  readonly application: string;
  readonly port: number;
  /** Whether the browser goes there with the token, rather than posting it. */
  readonly redirect: boolean;
  readonly wantsAdministrator: boolean;
}

type Outcome = 'going' | 'posted' | 'unanswered' | 'cancelled';

/** `/app/user/verify-token`: hands a token to a program on this machine, once somebody agrees. */
export function HandOverPage() {
  const { localAppName, localPort, isAdmin, redirect, success } = useSearch({ from: `/signed-in${HAND_OVER_PATH}` });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  if (success === true || outcome === 'posted') {
    return <Said title="The program has its token">You can close this page and go on in your terminal.</Said>;
  }
  if (localAppName === undefined || localPort === undefined) {
    return (
      <Said title="Hand over an API token">
        This address is not whole: it names no program (<b>localAppName</b>), or no port of this machine (
        <b>localPort</b>, 1 to 65535). Start the program again, and open the address that it prints.
      </Said>
    );
  }
  if (outcome === 'going') return <Said title="Hand over an API token">Going back to {localAppName} …</Said>;
  if (outcome === 'cancelled')
    return <Said title="Nothing was handed over">{localAppName} got no token. You can close this page.</Said>;
  if (outcome === 'unanswered') {
    return (
      <Said title="The program did not answer">
        Nothing answered at {targetOf(localPort)}. Start {localAppName} again; sign out to end the token that was made.
      </Said>
    );
  }
  const program = {
    application: localAppName,
    port: localPort,
    redirect: redirect === true,
    wantsAdministrator: isAdmin === true,
  };
  return (
    <LonePage title="Hand over an API token">
      <HandOver program={program} onOutcome={setOutcome} />
    </LonePage>
  );
}

function Said({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <LonePage title={title}>
      <Text role="status">{children}</Text>
    </LonePage>
  );
}

function HandOver({ program, onOutcome }: { program: Program; onOutcome: (outcome: Outcome) => void }) {
  const api = useApi();
  const confirmed = useConfirmed();
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const { application, port, redirect } = program;
  useEffect(() => {
    if (!redirect && !isLoadedFor(port)) globalThis.location.reload();
  }, [redirect, port]);

  const handOver = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const request = { method: 'POST', path: '/api/session/hand-over', body: { application, port } } as const;
      const { token } = await confirmed(() => api.write({ ...request, schema: apiTokenSchema }));
      if (!redirect) return onOutcome((await post(port, token)) ? 'posted' : 'unanswered');
      onOutcome('going');
      globalThis.location.replace(`${targetOf(port)}?t=${token}`);
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };

  return (
    <>
      <What program={program} />
      <FormAlert>{refusal}</FormAlert>
      <Group justify="flex-end">
        <Button variant="default" disabled={isBusy} onClick={() => onOutcome('cancelled')}>
          Cancel
        </Button>
        <Button loading={isBusy} onClick={() => void handOver()}>
          Hand over
        </Button>
      </Group>
    </>
  );
}

function What({ program: { application, port, wantsAdministrator } }: { program: Program }) {
  const { user, durationEndsAt } = useOwnSession();
  return (
    <>
      <Text>
        A program on this machine asks for an API token of <b>{user.username}</b>.
      </Text>
      <Table variant="vertical" aria-label="What is handed over">
        <Table.Tbody>
          <Fact name="Program">{application} (says the address)</Fact>
          <Fact name="Goes to">{targetOf(port)}</Fact>
          <Fact name="What">A new temporary API token, not that of this page</Fact>
          <Fact name="Ends">
            {durationEndsAt !== null && (
              <>
                <ClockTime at={Date.parse(durationEndsAt)} /> at the latest,{' '}
              </>
            )}
            and with this session: also when you sign out here
          </Fact>
        </Table.Tbody>
      </Table>
      <Text size="sm">
        Who has it may do what you may, at every cluster that you reach.
        {wantsAdministrator && user.role !== 'Administrator' && (
          <> It asks for an administrator’s token: you are none, and it will be refused what only those may do.</>
        )}
      </Text>
      <Alert color="orange" icon={<IconAlertTriangle aria-hidden />}>
        Go on only if you have just started <b>{application}</b> yourself. Whatever listens at port {port} of this
        machine gets the token.
      </Alert>
    </>
  );
}
