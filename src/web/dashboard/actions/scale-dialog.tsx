import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import { z } from 'zod';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { MERGE_PATCH, wordsFor } from './action-dialog.ts';
import type { DialogProps } from './action-dialog.ts';

const replicasSchema = z.object({ spec: z.object({ replicas: z.int() }) });

export function ScaleDialog({ object, path, send, onClose }: DialogProps) {
  const [replicas, setReplicas] = useState(replicasSchema.safeParse(object).data?.spec.replicas ?? 1);
  const words = wordsFor(object);
  const body = JSON.stringify({ spec: { replicas } });
  return (
    <FormDialog
      title={`Scale ${words}`}
      action="Scale"
      onClose={onClose}
      run={() =>
        send(
          { method: 'PATCH', path: `${path}/scale`, contentType: MERGE_PATCH, body },
          `${words} is scaled to ${replicas}.`,
        )
      }
    >
      <NumberInput
        label="Replicas"
        min={0}
        max={100_000}
        allowDecimal={false}
        clampBehavior="strict"
        data-autofocus
        value={replicas}
        onChange={(next) => setReplicas(Number(next))}
      />
    </FormDialog>
  );
}
