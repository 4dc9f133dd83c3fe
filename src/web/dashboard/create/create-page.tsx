import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import classes from '../dashboard.module.css';
import { DASHBOARD_ROUTE } from '../dashboard-search.ts';
import { toYaml } from '../kubernetes-object.ts';
import { NamespacePicker } from '../namespace-picker.tsx';
import { PathHeading } from '../path-heading.tsx';
import type { ResourceType } from '../resource-type.ts';
import type { Dashboard } from '../use-dashboard.ts';
import { TOO_LARGE, useYamlDraft } from '../use-yaml-draft.ts';
import { YamlView } from '../yaml-view.tsx';
import { createAll, tryAll } from './creation.ts';
import type { Created, Outcome } from './creation.ts';
import { mayHaveSecret, readDocuments } from './documents.ts';
import type { NewDocument } from './documents.ts';
import { OutcomeTable } from './outcome-table.tsx';

interface Props {
  readonly dashboard: Dashboard;
  /** What is begun with where there is no draft. */
  readonly type: ResourceType;
}

interface Answer {
  readonly documents: readonly NewDocument[];
  readonly outcomes: readonly Outcome[];
}

/** Creates what somebody writes as YAML, once the API server has said of each document whether it would. */
export function CreatePage({ dashboard, type }: Props) {
  const { api, cluster, tenant, discovery } = dashboard;
  const search = useSearch({ from: DASHBOARD_ROUTE });
  const navigate = useNavigate({ from: '/clusters/$cluster/dashboard' });
  const namespace = tenant?.namespace ?? search.namespace ?? 'default';
  const kept = useYamlDraft(`create:${cluster.id}/${tenant?.name ?? ''}`, (text) => !mayHaveSecret(text));
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [created, setCreated] = useState<Created>(new Map());
  const [isBusy, setBusy] = useState(false);
  // The editor begins anew where a draft is thrown away.
  const [round, setRound] = useState(0);
  const text = kept.draft || beginningOf(type);

  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await act();
    setBusy(false);
  };
  const review = async (): Promise<void> => {
    const documents = readDocuments(text, discovery.types, namespace);
    setAnswer({ documents, outcomes: await tryAll(api, documents, created) });
  };
  const create = async ({ documents }: Answer): Promise<void> => {
    const done = await createAll(api, documents, created);
    setCreated(done.created);
    setAnswer({ documents, outcomes: done.outcomes });
    if (!done.outcomes.every(({ state }) => state === 'created')) return;
    // The same text may be meant to create more of it.
    setCreated(new Map());
    kept.forget();
    notifications.show({ message: 'Everything was created.' });
  };
  const isIn = (...states: Outcome['state'][]): boolean =>
    (answer?.outcomes ?? []).some(({ state }) => states.includes(state));
  const isDone = answer !== null && answer.documents.length > 0 && !isIn('fine', 'later', 'refused');

  return (
    <div className={classes['object']}>
      <div className={classes['tools']}>
        <PathHeading type={type}>Create</PathHeading>
        {tenant === null && answer === null && (
          <NamespacePicker
            dashboard={dashboard}
            none="default"
            value={search.namespace}
            onChange={(next) => void navigate({ search: (before) => ({ ...before, namespace: next }), replace: true })}
          />
        )}
      </div>
      <div className={classes['panel']}>
        <Stack gap="xs">
          <Group gap="xs">
            {answer === null && (
              <>
                <Button size="xs" loading={isBusy} onClick={() => void attempt(review)}>
                  Review
                </Button>
                {kept.draft !== '' && (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => {
                      kept.forget();
                      setCreated(new Map());
                      setRound(round + 1);
                    }}
                  >
                    Discard
                  </Button>
                )}
              </>
            )}
            {answer !== null && isIn('fine', 'later') && !isIn('refused') && (
              <Button size="xs" loading={isBusy} onClick={() => void attempt(() => create(answer))}>
                Create
              </Button>
            )}
            {answer !== null && (
              <Button size="xs" variant="default" onClick={() => setAnswer(null)}>
                {isDone ? 'Create more' : 'Back to the draft'}
              </Button>
            )}
          </Group>
          {answer === null && (
            <>
              <Text size="sm">
                Documents are separated by <code>---</code>. Those that name no namespace go to {namespace}.
              </Text>
              {kept.isTooLarge && <Text size="sm">{TOO_LARGE}</Text>}
              <YamlView key={round} text={text} onChange={kept.keep} />
            </>
          )}
          {answer?.documents.length === 0 && <Text size="sm">There is no document in it.</Text>}
          {isIn('refused') && (
            <Alert color="red" role="alert" title={isIn('created') ? 'Not everything was created' : 'It was refused'}>
              Your draft is kept. {isIn('created') && 'What was created is not created again when you try the rest. '}
              Change what was refused, or take it out.
            </Alert>
          )}
          {isIn('fine', 'later') && !isIn('refused') && (
            <Text size="sm">This is what the API server would create. Nothing was created yet.</Text>
          )}
          {answer !== null && answer.documents.length > 0 && <OutcomeTable {...answer} />}
        </Stack>
      </div>
    </div>
  );
}

function beginningOf({ group, version, kind }: ResourceType): string {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return toYaml({ apiVersion, kind, metadata: { name: '' } });
}
