import { Button, Code, List, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import { LonePage } from '../app/message-page.tsx';
import { FormAlert } from '../forms/form-alert.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { usePortal } from '../portal/portal-context.ts';
import { CookieWarning } from '../sign-in/cookie-warning.tsx';

/** `/setup/:token`: whoever holds the one-time link becomes the first administrator. */
export function SetupPage() {
  const { token } = useParams({ from: '/setup/$token' });
  const { session } = usePortal();
  const navigate = useNavigate();
  const [isSpent, setSpent] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const form = useForm({
    initialValues: { username: '', password: '', again: '' },
    validate: { again: (again, { password }) => (again === password ? null : 'The two passwords differ.') },
  });

  const submit = async ({ username, password }: typeof form.values): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      await session.setUp(token, username, password);
      await navigate({ to: '/clusters', replace: true });
    } catch (error) {
      if (error instanceof ApiError && error.problem.code === 'invalid-setup-token') setSpent(true);
      else setRefusal(placeRefusal(form, error));
    } finally {
      form.setSubmitting(false);
    }
  };

  if (isSpent) return <SpentLink />;
  return (
    <LonePage title="Set up the first administrator">
      <CookieWarning />
      <form onSubmit={form.onSubmit((values) => void submit(values))}>
        <Stack gap="sm">
          <TextInput
            label="Username"
            description="Lower-case letters, digits and . _ @ + -, beginning with a letter or a digit"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            autoFocus
            {...form.getInputProps('username')}
          />
          <PasswordInput
            label="Password"
            description="At least 12 characters; a sentence is fine"
            autoComplete="new-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
            {...form.getInputProps('password')}
          />
          <PasswordInput
            label="Repeat the password"
            autoComplete="new-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the repeated password', tabIndex: 0 }}
            {...form.getInputProps('again')}
          />
          <FormAlert>{refusal}</FormAlert>
          <Button type="submit" loading={form.submitting} fullWidth>
            Create administrator
          </Button>
        </Stack>
      </form>
    </LonePage>
  );
}

function SpentLink() {
  return (
    <LonePage title="This link is not valid any more">
      <Text>It works once, within an hour, and only while there is no administrator.</Text>
      <List spacing="xs">
        <List.Item>No administrator yet? Restart the portal: it prints a new link.</List.Item>
        <List.Item>
          There is one, and the password is lost? Run <Code>curfew reset-admin</Code> on the machine.
        </List.Item>
      </List>
      <Button component="a" href="/sign-in" variant="default">
        Go to sign-in
      </Button>
    </LonePage>
  );
}
