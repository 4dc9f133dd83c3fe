import { Text } from '@mantine/core';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { MERGE_PATCH, wordsFor } from './action-dialog.ts';
import type { DialogProps } from './action-dialog.ts';
import type { Patch } from './patches.ts';

export function PatchDialog({ object, path, patch, send, onClose }: DialogProps & { readonly patch: Patch }) {
  const { verb, text, done, body } = patch;
  const words = wordsFor(object);
  return (
    <FormDialog
      title={`${verb} ${words}?`}
      action={verb}
      onClose={onClose}
      run={() =>
        send({ method: 'PATCH', path, contentType: MERGE_PATCH, body: JSON.stringify(body()) }, `${words} ${done}.`)
      }
    >
      <Text size="sm">{text}</Text>
    </FormDialog>
  );
}
