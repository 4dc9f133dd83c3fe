import { Select, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { ROLES } from '../../core/user.ts';
import type { Role } from '../../core/user.ts';
import type { UserView } from '../../wire/user.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import { PasswordField } from '../forms/password-field.tsx';
import { describeEnding, endsSessions } from './ending-words.ts';
import { useUserWrites } from './user-queries.ts';

interface Props {
  readonly user: UserView;
  readonly onClose: () => void;
}

/** Changes role, read-only and disabled. */
export function EditUserDialog({ user, onClose }: Props) {
  const { update } = useUserWrites();
  const [role, setRole] = useState<Role>(user.role);
  const [readOnly, setReadOnly] = useState(user.readOnly);
  const [disabled, setDisabled] = useState(user.disabled);
  return (
    <FormDialog
      title={`Update ${user.username}`}
      action="Save"
      onClose={onClose}
      run={() => update(user.username, { role, readOnly, disabled })}
    >
      <Select
        label="Role"
        data={[...ROLES]}
        allowDeselect={false}
        value={role}
        onChange={(value) => setRole(ROLES.find((each) => each === value) ?? role)}
      />
      <Switch
        label="Read-only"
        description="May look at clusters, and change nothing there"
        checked={readOnly}
        onChange={(event) => setReadOnly(event.currentTarget.checked)}
      />
      <Switch
        label="Disabled"
        description="Cannot sign in"
        checked={disabled}
        onChange={(event) => setDisabled(event.currentTarget.checked)}
      />
      <Text size="sm" role="status" mih="1.5em">
        {endsSessions(user, { role, readOnly, disabled }) && describeEnding(user)}
      </Text>
    </FormDialog>
  );
}

/** Gives a user a new password. */
export function ResetPasswordDialog({ user, onClose }: Props) {
  const { update } = useUserWrites();
  const [password, setPassword] = useState('');
  return (
    <FormDialog
      title={`Reset the password of ${user.username}`}
      action="Reset password"
      onClose={onClose}
      run={() => update(user.username, { password })}
    >
      <Text size="sm">{describeEnding(user)}</Text>
      <PasswordField
        label="New password"
        description="At least 12 characters"
        autoComplete="new-password"
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

/** Deletes a user once their name was typed. */
export function DeleteUserDialog({ user, onClose }: Props) {
  const { remove } = useUserWrites();
  return (
    <ConfirmDialog
      title={`Delete ${user.username}`}
      action="Delete user"
      mustType={user.username}
      run={() => remove(user.username)}
      onClose={onClose}
    >
      <Text>
        {user.username} loses all access. {describeEnding(user)} The name cannot be used again.
      </Text>
    </ConfirmDialog>
  );
}
