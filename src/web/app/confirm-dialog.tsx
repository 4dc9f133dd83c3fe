import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode, SubmitEvent } from 'react';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';

interface Props {
  readonly title: string;
  /** Names what is hit, and how many. */
  readonly children: ReactNode;
  /** What the button does: *End session*. */
  readonly action: string;
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
  /** For the biggest ones: what must be typed first. */
  readonly mustType?: string;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, run, onClose, mustType }: Props) {
  const [typed, setTyped] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const mayRun = mustType === undefined || typed.trim() === mustType;

  const submit = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await run();
      onClose();
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          if (mayRun) void submit();
        }}
      >
        <Stack gap="sm">
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
          <FormAlert>{refusal}</FormAlert>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus={mustType === undefined || undefined}>
              Cancel
            </Button>
            <Button type="submit" color="red" loading={isBusy} disabled={!mayRun}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
