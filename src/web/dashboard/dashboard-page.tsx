import { Anchor, Button, Center, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Suspense, lazy, useState } from 'react';
import { LonePage } from '../app/message-page.tsx';
import { usePageTitle } from '../app/page-title.ts';
import type { EndedEvent } from '../../wire/session.ts';
import { causeOf } from '../session/end-words.ts';
import { ExpiryAnnouncement, ExpiryNotice } from '../session/expiry-notice.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { ClockTime } from '../words/time-text.tsx';
import { DashboardHeader } from './dashboard-header.tsx';
import classes from './dashboard.module.css';
import { DASHBOARD_ROUTE } from './dashboard-search.ts';
import { ListPage } from './list-page.tsx';
import { ObjectPage } from './object-page.tsx';
import { PaletteContext } from './palette/palette-context.ts';
import type { PaletteSource } from './palette/palette-entries.ts';
import { ResourceSidebar } from './resource-sidebar.tsx';
import { useDashboard } from './use-dashboard.ts';
import type { DashboardState } from './use-dashboard.ts';

const CreatePage = lazy(async () => ({ default: (await import('./create/create-page.tsx')).CreatePage }));

/** `/clusters/:cluster/dashboard`: a cluster or a tenant in the browser, under one Kubernetes session. */
export function DashboardPage() {
  const { cluster } = useParams({ from: DASHBOARD_ROUTE });
  const { tenant } = useSearch({ from: DASHBOARD_ROUTE });
  const { session } = useOwnSession();
  const [attempt, setAttempt] = useState(0);
  // Anew for another place, and where the user has signed in again: that ended what was open.
  return (
    <DashboardOf
      key={[cluster, tenant, session.id, attempt].join(' ')}
      cluster={cluster}
      tenant={tenant}
      onStartAnew={() => setAttempt(attempt + 1)}
    />
  );
}

interface Props {
  readonly cluster: string;
  readonly tenant: string | undefined;
  readonly onStartAnew: () => void;
}

function DashboardOf({ cluster, tenant, onStartAnew }: Props) {
  const state = useDashboard(cluster, tenant);
  switch (state.phase) {
    case 'opening':
      return (
        <Center component="main" h="100dvh">
          <Group gap="sm" role="status">
            <Loader size="sm" /> Opening {cluster}…
          </Group>
        </Center>
      );
    case 'open':
      return <OpenDashboard key={state.dashboard.sessionId} state={state} />;
    case 'ended':
      return (
        <LonePage title={`The dashboard of ${cluster} is closed`}>
          <Text>
            <EndWords end={state.end} /> Nothing of the cluster is shown any more.
          </Text>
          <WaysOn action="Open it again" onStartAnew={onStartAnew} />
        </LonePage>
      );
    case 'refused':
      return (
        <LonePage title={`The dashboard of ${cluster} is not open`}>
          <Text role="alert">{state.sentence}</Text>
          <WaysOn action="Try again" onStartAnew={onStartAnew} />
        </LonePage>
      );
  }
}

function EndWords({ end }: { end: EndedEvent | null }) {
  if (end === null) return 'Your Kubernetes session is over.';
  const cause = causeOf(end);
  return (
    <>
      Your Kubernetes session ended at <ClockTime at={Date.parse(end.endedAt)} />.{' '}
      {cause !== null && (
        <>
          {cause.label !== null && <em>{cause.label}</em>}
          {cause.rest}
        </>
      )}
    </>
  );
}

function WaysOn({ action, onStartAnew }: { action: string; onStartAnew: () => void }) {
  return (
    <Group>
      <Button onClick={onStartAnew}>{action}</Button>
      <Anchor component={Link} to="/clusters">
        Clusters
      </Anchor>
    </Group>
  );
}

function OpenDashboard({ state: { dashboard, ending } }: { state: Extract<DashboardState, { phase: 'open' }> }) {
  const search = useSearch({ from: DASHBOARD_ROUTE });
  const navigate = useNavigate({ from: '/clusters/$cluster/dashboard' });
  const [isSidebarOpen, { toggle, close }] = useDisclosure();
  const [paletteSources] = useState(() => new Set<PaletteSource>());
  const { types, missing } = dashboard.discovery;
  const wanted = search.kind ?? 'v1/pods';
  const type = types.find(({ key }) => key === wanted);
  const place = dashboard.tenant?.name ?? dashboard.cluster.name;
  usePageTitle(`${type?.kind ?? 'Dashboard'} · ${place}`);
  return (
    <PaletteContext value={paletteSources}>
      <div className={classes['page']}>
        <a className={classes['skip']} href="#dashboard">
          Skip to the list
        </a>
        <DashboardHeader dashboard={dashboard} ending={ending} isSidebarOpen={isSidebarOpen} onToggleSidebar={toggle} />
        <ExpiryNotice />
        <ExpiryAnnouncement
          ending={ending}
          what="Your Kubernetes session"
          remedy="Open the time left in the header to see why, and what helps."
        />
        <div className={classes['columns']}>
          <ResourceSidebar
            types={types}
            missing={missing}
            current={wanted}
            isOpen={isSidebarOpen}
            onChosen={({ key }) => {
              close();
              void navigate({ search: ({ tenant, namespace }) => ({ tenant, namespace, kind: key }) });
            }}
          />
          <main className={classes['main']} id="dashboard" tabIndex={-1}>
            {type === undefined ? (
              <Stack p="md" gap="xs">
                <Title order={1} size="h3">
                  No such kind
                </Title>
                <Text>
                  The API server does not know <strong>{wanted}</strong> here. It may have been removed, or you may not
                  see it. Choose something at the side.
                </Text>
              </Stack>
            ) : search.name !== undefined ? (
              <ObjectPage
                key={`${type.key} ${search.of} ${search.name}`}
                dashboard={dashboard}
                type={type}
                namespace={search.of ?? null}
                name={search.name}
              />
            ) : search.create === true && !dashboard.readOnly ? (
              <Suspense fallback={<Loader m="md" size="sm" />}>
                <CreatePage dashboard={dashboard} type={type} />
              </Suspense>
            ) : (
              <ListPage key={type.key} dashboard={dashboard} type={type} />
            )}
          </main>
        </div>
      </div>
    </PaletteContext>
  );
}
