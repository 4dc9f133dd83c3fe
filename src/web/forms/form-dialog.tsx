import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { FormAlert } from './form-alert.tsx';
import { useSubmission } from './use-submission.ts';

export interface FormDialogProps {
  readonly title: string;
  /** What the button does: *Save*. */
  readonly action: string;
  /** The dialog closes once this is done, and says why where it throws. */
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** For what cannot be undone: a red button. */
  readonly isDangerous?: boolean;
  readonly mayRun?: boolean;
  readonly focusesCancel?: boolean;
}

/** A dialog with fields, *Cancel* and one button that does it. */
export function FormDialog({ title, action, run, onClose, children, ...options }: FormDialogProps) {
  const { isDangerous = false, mayRun = true, focusesCancel = false } = options;
  const { refusal, isBusy, submit } = useSubmission(async () => {
    await run();
    onClose();
  });
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={isDangerous}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {children}
          <FormAlert>{refusal}</FormAlert>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus={focusesCancel || undefined}>
              Cancel
            </Button>
            <Button type="submit" {...(isDangerous && { color: 'red' })} loading={isBusy} disabled={!mayRun}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
