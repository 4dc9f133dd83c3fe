import { Button, Drawer, Group, Select, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { ROLES } from '../../core/user.ts';
import type { Role } from '../../core/user.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { NewUsernameField } from '../forms/new-username-field.tsx';
import { PasswordField } from '../forms/password-field.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { useDraftedForm } from '../forms/use-drafted-form.ts';
import { useUserWrites } from './user-queries.ts';

interface Values {
  [field: string]: string | boolean;
  username: string;
  password: string;
  role: string;
  readOnly: boolean;
}

const EMPTY: Values = { username: '', password: '', role: 'User', readOnly: false };

/** *Add user*: slides in from the right. */
export function CreateUserPane({ onClose }: { onClose: () => void }) {
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title="Add user" closeOnClickOutside={false}>
      <CreateUserForm onClose={onClose} />
    </Drawer>
  );
}

function CreateUserForm({ onClose }: { onClose: () => void }) {
  const { create } = useUserWrites();
  const [refusal, setRefusal] = useState<string | null>(null);
  const { form, forget } = useDraftedForm('create-user', { initialValues: EMPTY, secret: ['password'] });

  const submit = async ({ username, password, role, readOnly }: Values): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      await create({ username, password, role: role as Role, readOnly });
      forget();
      onClose();
    } catch (error) {
      setRefusal(placeRefusal(form, error));
    } finally {
      form.setSubmitting(false);
    }
  };

  return (
    <form onSubmit={form.onSubmit((values) => void submit(values))} autoComplete="off">
      <Stack gap="sm">
        <NewUsernameField autoComplete="off" data-autofocus {...form.getInputProps('username')} />
        <PasswordField
          label="Password"
          description="At least 12 characters. The user changes it on the Profile page."
          autoComplete="new-password"
          {...form.getInputProps('password')}
        />
        <Select
          label="Role"
          data={[...ROLES]}
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
          {...form.getInputProps('role')}
        />
        <Switch
          label="Read-only"
          description="May look at clusters, and change nothing there"
          {...form.getInputProps('readOnly', { type: 'checkbox' })}
        />
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              forget();
              onClose();
            }}
          >
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Add user
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
