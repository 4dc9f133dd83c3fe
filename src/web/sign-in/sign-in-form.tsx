import { Button, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormAlert } from '../forms/form-alert.tsx';
import { PasswordField } from '../forms/password-field.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { usePortal } from '../portal/portal-context.ts';

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
  const { refusal, isBusy, submit } = useSubmission(async () => {
    try {
      await session.signIn(username, password);
      onSignedIn?.();
    } catch (error) {
      setPassword('');
      throw error;
    }
  });

  return (
    <form onSubmit={submit}>
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
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          autoFocus={known !== ''}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <FormAlert>{refusal}</FormAlert>
        <Button type="submit" loading={isBusy} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
