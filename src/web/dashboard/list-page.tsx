import { Alert, Button, Group, Loader, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { ColumnMenu } from './column-menu.tsx';
import classes from './dashboard.module.css';
import { DASHBOARD_ROUTE } from './dashboard-search.ts';
import type { DashboardSearch } from './dashboard-search.ts';
import { NamespacePicker } from './namespace-picker.tsx';
import { usePaletteSource } from './palette/palette-context.ts';
import { ResourceList } from './resource-list.ts';
import type { ListState } from './resource-list.ts';
import { ResourceTable } from './resource-table.tsx';
import { collectionPath } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';
import { useRights } from './rights.ts';
import { viewRows } from './table.ts';
import type { Dashboard } from './use-dashboard.ts';

const MOST_NAMES = 20;

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
}

/** All things of a kind, as they are now. */
export function ListPage({ dashboard, type }: Props) {
  const search = useSearch({ from: DASHBOARD_ROUTE });
  const navigate = useNavigate({ from: '/clusters/$cluster/dashboard' });
  const { api, streams, tenant } = dashboard;
  const { labels = '', fields = '', sort = null, descending = false } = search;
  const namespace = tenant?.namespace ?? search.namespace ?? null;
  const rights = useRights(dashboard, namespace);
  const change = (changes: Partial<DashboardSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });

  // A tenant is one namespace: what has none is not there to be listed.
  const isOutside = tenant !== null && !type.namespaced;
  const path = collectionPath(type, namespace);
  const canWatch = type.verbs.includes('watch');
  const list = useMemo(
    () => new ResourceList(api, streams, { path, labels, fields, canWatch }),
    [api, streams, path, labels, fields, canWatch],
  );
  useEffect(() => {
    if (!isOutside) list.load();
    return () => list.stop();
  }, [list, isOutside]);
  const state = useSyncExternalStore(list.subscribe, list.state);
  const shown = useMemo(
    () => viewRows(state.rows.values(), state.columns, { search: search.search ?? '', sort, descending }),
    [state.rows, state.columns, search.search, sort, descending],
  );

  usePaletteSource((words) =>
    // Before anything is typed they would hide all else.
    (words === '' ? [] : [...state.rows.values()].filter(({ name }) => name.includes(words)).slice(0, MOST_NAMES)).map(
      ({ uid, name, namespace: of }) => ({
        id: uid,
        label: name,
        description: of === null ? type.kind : `${type.kind} in ${of}`,
        run: () => void navigate({ search: (before) => ({ ...before, name, of: of ?? undefined }) }),
      }),
    ),
  );
  const hasNothing = state.phase === 'failed' || state.phase === 'removed';
  const mayCreate = type.verbs.includes('create') && rights(type)('create');

  if (isOutside) return <Text p="md">{type.kind} belongs to no namespace, so it is not part of a tenant.</Text>;
  return (
    <Stack gap={0} className={classes['list'] ?? ''}>
      <div className={classes['tools']}>
        <Title order={1} size="h3">
          {type.kind}
        </Title>
        <Count state={state} shown={shown.length} />
        {mayCreate && (
          <Button
            size="xs"
            variant="default"
            onClick={() => void navigate({ search: (before) => ({ ...before, create: true }) })}
          >
            Create
          </Button>
        )}
        <Group gap="xs" className={classes['filters'] ?? ''}>
          {type.namespaced && tenant === null && (
            <NamespacePicker
              dashboard={dashboard}
              none="All namespaces"
              value={search.namespace}
              onChange={(next) => change({ namespace: next })}
            />
          )}
          <Filter label="Search" value={search.search} isLive onChange={(next) => change({ search: next })} />
          <Filter
            label="Labels"
            placeholder="app=web,tier!=db"
            value={search.labels}
            onChange={(next) => change({ labels: next })}
          />
          <Filter
            label="Fields"
            placeholder="status.phase=Running"
            value={search.fields}
            onChange={(next) => change({ fields: next })}
          />
          <ColumnMenu columns={state.columns} chosen={search.columns} onChange={(columns) => change({ columns })} />
        </Group>
      </div>
      {state.problem !== null && !hasNothing && (
        <Text size="sm" className={classes['notice'] ?? ''} role="status">
          <IconPlugConnectedX size={16} aria-hidden /> What is shown may be out of date: {state.problem}
        </Text>
      )}
      {hasNothing ? (
        <Alert m="md" color="red" title={`${type.kind} could not be listed`} role="alert">
          <Stack gap="sm" align="flex-start">
            {state.problem}
            {state.phase === 'removed' && ' Choose something else at the side.'}
            <Button size="xs" onClick={() => list.load()}>
              Try again
            </Button>
          </Stack>
        </Alert>
      ) : state.columns.length === 0 ? (
        <Group p="md" gap="sm" role="status">
          <Loader size="sm" /> Listing {type.plural}…
        </Group>
      ) : shown.length === 0 && state.phase !== 'loading' ? (
        <Empty
          type={type}
          namespace={namespace}
          isFiltered={labels !== '' || fields !== '' || (search.search ?? '') !== ''}
          onClear={() => change({ labels: undefined, fields: undefined, search: undefined })}
        />
      ) : (
        <ResourceTable
          label={type.kind}
          rows={shown}
          columns={state.columns}
          chosen={search.columns}
          showsNamespace={type.namespaced && namespace === null}
          sort={sort}
          descending={descending}
          onSort={(by) => {
            const isNext = by === (sort ?? 'Name');
            change({ sort: by, descending: isNext && !descending ? true : undefined });
          }}
        />
      )}
    </Stack>
  );
}

function Count({ state, shown }: { state: ListState; shown: number }) {
  const all = state.rows.size;
  const rest = state.remaining > 0 ? `, ${state.remaining} more to load` : '';
  return (
    <Text size="sm" c="dimmed" role="status">
      {shown === all ? `${all}${rest}` : `${shown} of ${all}${rest}`}
    </Text>
  );
}

interface EmptyProps {
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

function Empty({ type, namespace, isFiltered, onClear }: EmptyProps) {
  const where = namespace === null || !type.namespaced ? '' : ` in the namespace ${namespace}`;
  return (
    <Stack p="md" gap="xs" align="flex-start">
      <Text>
        {isFiltered
          ? `No ${type.kind}${where} matches.`
          : `There is no ${type.kind}${where}. New ones appear by themselves.`}
      </Text>
      {isFiltered && (
        <Button size="xs" variant="default" onClick={onClear}>
          Clear the filters
        </Button>
      )}
    </Stack>
  );
}

interface FilterProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string | undefined;
  /** Whether it acts while it is typed rather than on Enter. */
  readonly isLive?: boolean;
  readonly onChange: (next: string | undefined) => void;
}

const TYPING_MS = 150;

function Filter({ label, placeholder = label, value = '', isLive = false, onChange }: FilterProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  const commit = (next: string): void => {
    if (next.trim() !== value) onChange(next.trim() || undefined);
  };
  const soon = useDebouncedCallback(commit, TYPING_MS);
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={placeholder}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        if (isLive) soon(currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(typed);
      }}
      onBlur={() => commit(typed)}
    />
  );
}
