import { Button, Code, List, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import { LonePage } from '../app/message-page.tsx';
import { FormAlert } from '../forms/form-alert.tsx';
import { NewUsernameField } from '../forms/new-username-field.tsx';
import { PasswordField } from '../forms/password-field.tsx';
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
          <NewUsernameField autoComplete="username" autoFocus {...form.getInputProps('username')} />
          <PasswordField
            label="Password"
            description="At least 12 characters; a sentence is fine"
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          <PasswordField
            label="Repeat the password"
            autoComplete="new-password"
            shown="the repeated password"
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
