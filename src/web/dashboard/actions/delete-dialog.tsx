import { Checkbox, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { ConfirmDialog } from '../../app/confirm-dialog.tsx';
import { wordsFor } from './action-dialog.ts';
import type { DialogProps } from './action-dialog.ts';

/** What takes much along when it goes. */
const DANGEROUS = new Set([
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
]);

export function DeleteDialog({ object, path, send, onClose }: DialogProps) {
  const [propagation, setPropagation] = useState('Background');
  const [isForced, setForced] = useState(false);
  const { kind, metadata } = object;
  const words = wordsFor(object);
  const body = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: propagation },
    // Not what came to be under the same name meanwhile.
    preconditions: { uid: metadata.uid },
    ...(isForced && { gracePeriodSeconds: 0 }),
  });
  return (
    <ConfirmDialog
      title={`Delete ${words}?`}
      action="Delete"
      onClose={onClose}
      {...(DANGEROUS.has(kind) && { mustType: metadata.name })}
      run={() => send({ method: 'DELETE', path, body }, `${words} is being deleted.`)}
    >
      <Text size="sm">
        {kind === 'Namespace'
          ? 'Everything in it is deleted too. This cannot be undone.'
          : `${words}${metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`} is deleted. This cannot be undone.`}
      </Text>
      <Select
        label="What belongs to it"
        allowDeselect={false}
        data={[
          { value: 'Background', label: 'is deleted afterwards' },
          { value: 'Foreground', label: 'is deleted first' },
          { value: 'Orphan', label: 'stays' },
        ]}
        value={propagation}
        onChange={(next) => setPropagation(next ?? 'Background')}
      />
      {kind === 'Pod' && (
        <Checkbox
          label="At once, without letting it finish"
          checked={isForced}
          onChange={(event) => setForced(event.currentTarget.checked)}
        />
      )}
    </ConfirmDialog>
  );
}
