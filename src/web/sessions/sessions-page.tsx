import { Button, Group, NativeSelect, Pill, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { z } from 'zod';
import { SESSION_KINDS } from '../../core/session-kind.ts';
import { pageOf } from '../../wire/list.ts';
import { sessionViewSchema } from '../../wire/session.ts';
import type { SessionView } from '../../wire/session.ts';
import { withQuery } from '../api/list-query.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { usePageTitle } from '../app/page-title.ts';
import { DataList } from '../lists/data-list.tsx';
import { listQuery, sortingOf } from '../lists/list-state.ts';
import { useSearchChange } from '../lists/use-list-navigation.ts';
import { useApi } from '../portal/portal-context.ts';
import { useIsAdministrator } from '../session/use-session.ts';
import { count } from '../words/duration.ts';
import { EndSessionDialog } from './end-session-dialog.tsx';
import { KIND_LABELS, sessionColumns } from './session-columns.tsx';
import type { SessionSearch } from './session-search.ts';

const REFRESH_MS = 10_000;
const sessionListSchema = pageOf(sessionViewSchema);

/** `/sessions`: one's own sessions, and everyone's for administrators. */
export function SessionsPage() {
  usePageTitle('Sessions');
  const state: SessionSearch = useSearch({ from: '/signed-in/framed/sessions' });
  const change = useSearchChange<SessionSearch>();
  const api = useApi();
  const isAdministrator = useIsAdministrator();
  const [ending, setEnding] = useState<SessionView | null>(null);
  const [endsOthers, setEndsOthers] = useState(false);
  const scope = isAdministrator ? (state.scope ?? 'own') : 'own';
  const path = withQuery('/api/sessions', {
    ...listQuery(state),
    state: state.state ?? 'live',
    kind: state.kind,
    scope,
    user: scope === 'all' ? state.user : undefined,
    sort: state.sort,
    order: state.order,
  });
  const query = useQuery({
    queryKey: ['sessions', path],
    queryFn: ({ signal }) => api.read(path, sessionListSchema, { signal, background: true }),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack gap="sm">
      <Title order={1}>Sessions</Title>
      <DataList
        label="sessions"
        query={query}
        columns={sessionColumns({ withUser: scope === 'all', onEnd: setEnding })}
        rowKey={({ id }) => id}
        state={state}
        onState={change}
        sorting={sortingOf(state, { by: 'startedAt', order: 'desc' }, change)}
        filters={<Filters state={state} change={change} mayAll={isAdministrator} />}
        actions={
          <Button size="xs" variant="default" onClick={() => setEndsOthers(true)}>
            End my other sessions
          </Button>
        }
        empty={<Text>No session here. Opening a cluster&apos;s shell, or signing in elsewhere, makes one.</Text>}
      />
      {ending !== null && <EndSessionDialog session={ending} onClose={() => setEnding(null)} />}
      {endsOthers && <EndOthersDialog onClose={() => setEndsOthers(false)} />}
    </Stack>
  );
}

interface FiltersProps {
  readonly state: SessionSearch;
  readonly change: (change: Partial<SessionSearch>) => void;
  readonly mayAll: boolean;
}

function Filters({ state, change, mayAll }: FiltersProps) {
  return (
    <Group gap="sm">
      {mayAll && (
        <SegmentedControl
          size="xs"
          aria-label="Whose sessions"
          data={[
            { value: 'own', label: 'Mine' },
            { value: 'all', label: 'Everyone' },
          ]}
          value={state.scope ?? 'own'}
          onChange={(scope) => change({ scope: scope === 'all' ? 'all' : undefined, user: undefined, page: undefined })}
        />
      )}
      {mayAll && state.user !== undefined && (
        <Pill
          size="md"
          withRemoveButton
          removeButtonProps={{ 'aria-label': 'Show those of everyone', 'aria-hidden': false, tabIndex: 0 }}
          onRemove={() => change({ user: undefined, page: undefined })}
        >
          {`Of ${state.user}`}
        </Pill>
      )}
      <SegmentedControl
        size="xs"
        aria-label="Live or ended"
        data={[
          { value: 'live', label: 'Live' },
          { value: 'ended', label: 'Ended' },
          { value: 'all', label: 'All' },
        ]}
        value={state.state ?? 'live'}
        onChange={(value) => change({ state: value === 'live' ? undefined : value, page: undefined })}
      />
      <NativeSelect
        size="xs"
        aria-label="Kind"
        data={[
          { value: '', label: 'All kinds' },
          ...SESSION_KINDS.map((kind) => ({ value: kind, label: KIND_LABELS[kind] })),
        ]}
        value={state.kind ?? ''}
        onChange={(event) =>
          change({ kind: SESSION_KINDS.find((kind) => kind === event.currentTarget.value), page: undefined })
        }
      />
    </Group>
  );
}

function EndOthersDialog({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const run = async (): Promise<void> => {
    const { ended } = await api.write({
      method: 'POST',
      path: '/api/sessions/end-others',
      schema: z.object({ ended: z.int() }),
    });
    notifications.show({
      message: ended === 0 ? 'You had no other session.' : `${count(ended, 'other session')} ended.`,
    });
    void queries.invalidateQueries({ queryKey: ['sessions'] });
  };
  return (
    <ConfirmDialog title="End my other sessions" action="End them" run={run} onClose={onClose}>
      <Text>
        Every other sign-in of yours ends, in other browsers and on command lines, with its temporary API tokens,
        Kubernetes sessions, shells and streams. This one stays, and so do permanent API tokens.
      </Text>
    </ConfirmDialog>
  );
}
