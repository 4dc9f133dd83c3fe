import { Loader, Radio, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/api-error.ts';
import { FormAlert } from '../../forms/form-alert.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { RelativeTime } from '../../words/time-text.tsx';
import { selectorOf } from '../kubernetes-object.ts';
import { wordsFor } from './action-dialog.ts';
import type { DialogProps } from './action-dialog.ts';
import { readRevisions } from './revisions.ts';

/** Takes a workload back to a revision that it had, as `kubectl rollout undo` does. */
export function UndoDialog({ dashboard: { api, sessionId }, object, path, send, onClose }: DialogProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const plural = object.kind === 'Deployment' ? 'replicasets' : 'controllerrevisions';
  const listPath = `${path.split('/').slice(0, -2).join('/')}/${plural}`;
  const { data, error } = useQuery({
    queryKey: ['dashboard', sessionId, path, 'revisions', object.metadata.resourceVersion],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ labelSelector: selectorOf(object) ?? '' });
      return { list: await api.json({ path: `${listPath}?${query.toString()}`, signal }) };
    },
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const [current, ...earlier] = data === undefined ? [] : readRevisions(object, data.list);
  const wanted = earlier.find(({ number }) => number === chosen);
  const words = wordsFor(object);
  return (
    <FormDialog
      title={`Undo a rollout of ${words}`}
      action="Go back"
      onClose={onClose}
      mayRun={wanted !== undefined}
      run={async () => {
        if (wanted === undefined) return;
        await send({ method: 'PATCH', path, ...wanted.patch }, `${words} goes back to revision ${wanted.number}.`);
      }}
    >
      <FormAlert>{error === null ? null : sentenceOf(error)}</FormAlert>
      {data === undefined && error === null && <Loader size="sm" />}
      {current !== undefined && (
        <Text size="sm">
          It is at revision {current.number}: <bdi>{current.images.join(', ')}</bdi>
        </Text>
      )}
      {data !== undefined && earlier.length === 0 && <Text size="sm">There is no earlier revision to go back to.</Text>}
      {earlier.length > 0 && (
        <Radio.Group
          label="Back to"
          value={chosen === null ? '' : String(chosen)}
          onChange={(next) => setChosen(Number(next))}
        >
          <Stack gap="xs" mt="xs">
            {earlier.map(({ number, createdAt, images }) => (
              <Radio
                key={number}
                value={String(number)}
                label={`Revision ${number}`}
                description={
                  <>
                    <RelativeTime at={createdAt} /> · <bdi>{images.join(', ')}</bdi>
                  </>
                }
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
    </FormDialog>
  );
}
