import { Button, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { FormAlert } from '../forms/form-alert.tsx';
import { PasswordField } from '../forms/password-field.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { useApi } from '../portal/portal-context.ts';
import { useOwnSession } from '../session/use-session.ts';

const EMPTY = { currentPassword: '', newPassword: '', again: '' };

/** Changes the own password, which ends the other sessions. */
export function ChangePasswordForm() {
  const api = useApi();
  const { username } = useOwnSession().user;
  const [refusal, setRefusal] = useState<string | null>(null);
  const form = useForm({
    initialValues: EMPTY,
    validate: { again: (again, { newPassword }) => (again === newPassword ? null : 'The two passwords differ.') },
  });

  const submit = async ({ currentPassword, newPassword }: typeof EMPTY): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      const body = { currentPassword, newPassword };
      await api.write({ method: 'PUT', path: '/api/session/password', body, schema: null });
      form.reset();
      notifications.show({ message: 'The password is changed. Your other sessions have ended.' });
    } catch (error) {
      setRefusal(placeRefusal(form, error));
    } finally {
      form.setSubmitting(false);
    }
  };

  return (
    <Stack gap="xs" component="section" aria-labelledby="change-password">
      <Title order={2} id="change-password">
        Change password
      </Title>
      <Text size="sm" c="dimmed">
        Your other sessions end; this one stays.
      </Text>
      <form onSubmit={form.onSubmit((values) => void submit(values))}>
        <Stack gap="sm">
          <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
          <PasswordField
            label="Current password"
            autoComplete="current-password"
            shown="the current password"
            {...form.getInputProps('currentPassword')}
          />
          <PasswordField
            label="New password"
            description="At least 12 characters"
            autoComplete="new-password"
            shown="the new password"
            {...form.getInputProps('newPassword')}
          />
          <PasswordField
            label="Repeat the new password"
            autoComplete="new-password"
            shown="the repeated password"
            {...form.getInputProps('again')}
          />
          <FormAlert>{refusal}</FormAlert>
          <Button type="submit" loading={form.submitting} w="fit-content">
            Change password
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}
