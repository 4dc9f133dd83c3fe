import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { ApiError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { usePortal } from '../portal/portal-context.ts';
import { formatClock } from '../words/instant.ts';

interface Props {
  /** Who was signed in here before. */
  readonly username?: string;
  readonly onSignedIn?: () => void;
}

/** Username, password and *Sign in*. Says in place what was refused, and when to try again. */
export function SignInForm({ username: known = '', onSignedIn }: Props) {
  const { session } = usePortal();
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await session.signIn(username, password);
      onSignedIn?.();
    } catch (error) {
      setPassword('');
      setRefusal(refusalOf(error, session.clock.now()));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          data-autofocus={known === '' || undefined}
          autoFocus={known === ''}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          autoFocus={known !== ''}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
        />
        <FormAlert>{refusal}</FormAlert>
        <Button type="submit" loading={isBusy} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

/** The portal's sentence, and for throttling the time from which on it is worth trying again. */
export function refusalOf(error: unknown, now: number): string {
  if (!(error instanceof ApiError) || error.retryAfterMs === null) return sentenceOf(error);
  return `${error.message} Try again at ${formatClock(error.retryAfterMs + now, now)}.`;
}
