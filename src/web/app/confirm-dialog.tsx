import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormDialog } from '../forms/form-dialog.tsx';
import type { FormDialogProps } from '../forms/form-dialog.tsx';

interface Props extends Pick<FormDialogProps, 'title' | 'action' | 'run' | 'onClose' | 'children'> {
  /** For the biggest ones: what must be typed first. */
  readonly mustType?: string;
}

/** Asks before something that cannot be undone. Its text names what is hit, and how many. */
export function ConfirmDialog({ children, mustType, ...dialog }: Props) {
  const [typed, setTyped] = useState('');
  return (
    <FormDialog
      {...dialog}
      isDangerous
      mayRun={mustType === undefined || typed.trim() === mustType}
      focusesCancel={mustType === undefined}
    >
      {children}
      {mustType !== undefined && (
        <TextInput
          label={`Type ${mustType} to confirm`}
          autoComplete="off"
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
    </FormDialog>
  );
}
