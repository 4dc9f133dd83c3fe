import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { wordsFor } from './action-dialog.ts';
import type { DialogProps } from './action-dialog.ts';
import { LONGEST_JOB_NAME, jobNameFor, jobOf } from './cron-job.ts';

export function TriggerDialog({ object, send, onClose }: DialogProps) {
  const { name, namespace = '' } = object.metadata;
  const [job, setJob] = useState(() => jobNameFor(name, Math.random().toString(36).slice(2, 7)));
  return (
    <FormDialog
      title={`Run ${wordsFor(object)} now`}
      action="Run"
      onClose={onClose}
      mayRun={job !== ''}
      run={() =>
        send(
          {
            method: 'POST',
            path: `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`,
            body: JSON.stringify(jobOf(object, job)),
          },
          `Job ${job} was created.`,
        )
      }
    >
      <TextInput
        label="Name of the job"
        maxLength={LONGEST_JOB_NAME}
        data-autofocus
        value={job}
        onChange={(event) => setJob(event.currentTarget.value.trim())}
      />
    </FormDialog>
  );
}
