import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { loginRequestSchema } from '../../wire/login-request.ts';
import { LonePage } from '../app/message-page.tsx';
import { FormAlert } from '../forms/form-alert.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { useApi } from '../portal/portal-context.ts';
import { Consent } from './consent.tsx';

type Step =
  { readonly at: 'code' } | { readonly at: 'consent'; readonly userCode: string } | { readonly at: 'done' | 'refused' };

/** `/device`: signs a command line in that has no browser, by the code that it shows. */
export function DevicePage() {
  const [step, setStep] = useState<Step>({ at: 'code' });
  return (
    <LonePage title="Sign in a command line">
      {step.at === 'code' && <CodeForm onFound={(userCode) => setStep({ at: 'consent', userCode })} />}
      {step.at === 'consent' && (
        <Consent
          named={{ userCode: step.userCode }}
          onDecided={({ isApproved }) => setStep({ at: isApproved ? 'done' : 'refused' })}
        />
      )}
      {step.at === 'done' && (
        <Text role="status">
          Done. Stay signed in here until the command line says that it is signed in: some seconds.
        </Text>
      )}
      {step.at === 'refused' && <Text role="status">The command line was not let in. You can close this page.</Text>}
    </LonePage>
  );
}

function CodeForm({ onFound }: { onFound: (userCode: string) => void }) {
  const api = useApi();
  const [userCode, setUserCode] = useState('');
  const { refusal, isBusy, submit } = useSubmission(async () => {
    const path = '/api/login-requests/view';
    await api.write({ method: 'POST', path, body: { userCode }, schema: loginRequestSchema });
    onFound(userCode);
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Code"
          description="The eight letters that curfew login shows in your terminal"
          placeholder="BCDF-GHJK"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          required
          withAsterisk={false}
          maxLength={32}
          autoFocus
          value={userCode}
          onChange={(event) => setUserCode(event.currentTarget.value)}
        />
        <FormAlert>{refusal}</FormAlert>
        <Button type="submit" loading={isBusy} fullWidth>
          Go on
        </Button>
        <Text size="sm" c="dimmed">
          Type a code only if you have just run <b>curfew login</b> yourself: never one that somebody told you.
        </Text>
      </Stack>
    </form>
  );
}
