import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMemo, useState } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { KubernetesError } from './kubernetes-api.ts';
import { atVersion, objectSchema, toYaml, yamlToJson } from './kubernetes-object.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { objectPath } from './resource-type.ts';
import { useRights } from './rights.ts';
import type { ResourceType } from './resource-type.ts';
import type { Dashboard } from './use-dashboard.ts';
import { TOO_LARGE, useYamlDraft } from './use-yaml-draft.ts';
import { YamlView } from './yaml-view.tsx';

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
  readonly object: KubernetesObject;
  /** The object as it came. */
  readonly raw: unknown;
  /** Whether what is in it is left out. */
  readonly isHidden: boolean;
  readonly isGone: boolean;
}

type Mode =
  | { readonly name: 'read' }
  | { readonly name: 'edit' }
  /** What the API server would make of the draft, beside what there is. */
  | { readonly name: 'review'; readonly original: string; readonly result: string };

/** An object's YAML: to be read, edited, and saved once the API server has shown what it would make of it. */
export function YamlPane({ dashboard, type, object, raw, isHidden, isGone }: Props) {
  const { api, cluster, readOnly } = dashboard;
  const path = objectPath(type, object.metadata.namespace ?? null, object.metadata.name);
  const { draft, isTooLarge, begin, keep, ...drafted } = useYamlDraft(
    `yaml:${cluster.id}${path}`,
    () => type.plural !== 'secrets',
  );
  const [mode, setMode] = useState<Mode>({ name: 'read' });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const may = useRights(dashboard, object.metadata.namespace ?? null)(type, object.metadata.name);
  // A large one takes a second.
  const text = useMemo(() => toYaml(raw, isHidden), [raw, isHidden]);
  const mayEdit = !isHidden && !isGone && !readOnly && type.verbs.includes('update') && may('update');

  const forget = (): void => {
    drafted.forget();
    setError(null);
    setMode({ name: 'read' });
  };
  const put = (body: string, query: string): Promise<unknown> =>
    api.json({ method: 'PUT', path: path + query, body: yamlToJson(body) });
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const review = async (body: string): Promise<void> => {
    const result = toYaml(await put(body, '?dryRun=All'));
    setMode({ name: 'review', original: text, result });
  };
  const save = async (): Promise<void> => {
    await put(draft, '');
    notifications.show({ message: `${object.kind} ${object.metadata.name} was saved.` });
    forget();
  };
  const takeNewest = async (): Promise<void> => {
    const newest = await api.json({ path });
    const next = atVersion(draft, objectSchema.parse(newest).metadata.resourceVersion);
    keep(next);
    setMode({ name: 'review', original: toYaml(newest), result: toYaml(await put(next, '?dryRun=All')) });
  };
  const isConflict = error instanceof KubernetesError && error.status === 409;

  return (
    <Stack gap="xs">
      {mayEdit && (
        <Group gap="xs">
          {mode.name === 'read' && (
            <Button
              size="xs"
              onClick={() => {
                if (draft === '') begin(text);
                setMode({ name: 'edit' });
              }}
            >
              {draft === '' ? 'Edit' : 'Go on with your draft'}
            </Button>
          )}
          {mode.name === 'edit' && (
            <Button size="xs" loading={isBusy} onClick={() => void attempt(() => review(draft))}>
              Review
            </Button>
          )}
          {mode.name === 'review' && (
            <>
              <Button size="xs" loading={isBusy} onClick={() => void attempt(save)}>
                Save
              </Button>
              <Button size="xs" variant="default" onClick={() => setMode({ name: 'edit' })}>
                Back to the draft
              </Button>
            </>
          )}
          {(mode.name !== 'read' || draft !== '') && (
            <Button size="xs" variant="default" onClick={forget}>
              Discard
            </Button>
          )}
        </Group>
      )}
      {isTooLarge && mode.name === 'edit' && <Text size="sm">{TOO_LARGE}</Text>}
      {error !== null && (
        <Alert color="red" role="alert" title={isConflict ? 'Somebody changed it meanwhile' : 'It was refused'}>
          <Stack gap="xs" align="flex-start">
            {isConflict ? 'Nothing was saved, and your draft is kept.' : sentenceOf(error)}
            {isConflict && (
              <Button size="xs" onClick={() => void attempt(takeNewest)}>
                Compare with the newest
              </Button>
            )}
          </Stack>
        </Alert>
      )}
      {mode.name === 'review' && (
        <Text size="sm">
          {mode.original === mode.result
            ? 'Nothing would change.'
            : 'This is what the API server would make of it. Nothing is saved yet.'}
        </Text>
      )}
      {mode.name === 'read' && <YamlView text={text} />}
      {mode.name === 'edit' && <YamlView text={draft} onChange={keep} />}
      {mode.name === 'review' && <YamlView text={mode.result} original={mode.original} />}
    </Stack>
  );
}
