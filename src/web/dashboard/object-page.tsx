import { Alert, Button, Group, Loader, Tabs, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Suspense, lazy } from 'react';
import { ObjectActions } from './actions/object-actions.tsx';
import classes from './dashboard.module.css';
import { DASHBOARD_ROUTE, OBJECT_TABS } from './dashboard-search.ts';
import { ObjectEvents } from './object-events.tsx';
import { ObjectSummary } from './object-summary.tsx';
import { usePaletteSource } from './palette/palette-context.ts';
import { PodLogs } from './pod-logs.tsx';
import { PathHeading } from './path-heading.tsx';
import type { ResourceType } from './resource-type.ts';
import { useRights } from './rights.ts';
import type { Dashboard } from './use-dashboard.ts';
import { useObject } from './use-object.ts';

const YamlPane = lazy(async () => ({ default: (await import('./yaml-pane.tsx')).YamlPane }));
/** It brings xterm.js. */
const PodTerminal = lazy(async () => ({ default: (await import('./pod-terminal.tsx')).PodTerminal }));

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly name: string;
}

/** One object, as it is now. */
export function ObjectPage({ dashboard, type, namespace, name }: Props) {
  const { tab = 'summary' } = useSearch({ from: DASHBOARD_ROUTE });
  const navigate = useNavigate({ from: '/clusters/$cluster/dashboard' });
  const used = useObject(dashboard, type, namespace, name);
  const { object, error, isGone, list } = used;
  const may = useRights(dashboard, namespace)(type, name);
  const isPod = type.key === 'v1/pods';
  const mayExec = isPod && may('create', 'exec');
  const tabs: readonly (readonly [value: string, label: string])[] = [
    ['summary', 'Summary'],
    ['yaml', 'YAML'],
    ['events', 'Events'],
    ...(isPod && may('get', 'log') ? [['logs', 'Logs'] as const] : []),
    ...(mayExec ? [['terminal', 'Terminal'] as const] : []),
  ];
  const show = (next: string | null): void =>
    void navigate({
      search: (before) => ({ ...before, tab: OBJECT_TABS.find((each) => each === next) }),
      replace: true,
    });
  usePaletteSource(() =>
    tabs.map(([value, label]) => ({
      ...{ id: `tab ${value}`, label, description: `${type.kind} ${name}` },
      run: () => show(value),
    })),
  );
  const isHidden = type.plural === 'secrets' && !used.isRevealed;
  return (
    <div className={classes['object']}>
      <div className={classes['tools']}>
        <PathHeading type={type}>
          <bdi>{name}</bdi>
        </PathHeading>
        {namespace !== null && (
          <Text size="sm" c="dimmed">
            in {namespace}
          </Text>
        )}
        {object !== undefined && !isGone && <ObjectActions dashboard={dashboard} type={type} object={object} />}
      </div>
      {(isGone || (list.problem !== null && list.phase === 'interrupted')) && (
        <Text size="sm" className={classes['notice'] ?? ''} role="status">
          <IconPlugConnectedX size={16} aria-hidden />
          {isGone
            ? object === undefined
              ? (list.problem ?? 'There is no such object.')
              : `${list.problem ?? 'It was deleted.'} What is shown is how it was at last.`
            : `What is shown may be out of date: ${list.problem}`}
        </Text>
      )}
      {object === undefined && error !== null && (
        <Alert m="md" color="red" title={`${name} could not be read`} role="alert">
          <Group>
            {error.message}
            <Button size="xs" onClick={used.reload}>
              Try again
            </Button>
          </Group>
        </Alert>
      )}
      {object === undefined && error === null && !isGone && (
        <Group p="md" gap="sm" role="status">
          <Loader size="sm" /> Reading {name}…
        </Group>
      )}
      {object !== undefined && (
        <Tabs className={classes['tabs'] ?? ''} value={tab} onChange={show}>
          <Tabs.List>
            {tabs.map(([value, label]) => (
              <Tabs.Tab key={value} value={value}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {isHidden && tab !== 'events' && (
            <Group p="xs" gap="sm">
              <Text size="sm">What is in this Secret is hidden. Showing it is recorded in the audit.</Text>
              <Button size="xs" variant="default" onClick={used.reveal}>
                Show it
              </Button>
            </Group>
          )}
          <div className={classes['panel']} role="tabpanel" aria-label={tab} tabIndex={0}>
            {tab === 'summary' && <ObjectSummary dashboard={dashboard} type={type} object={object} />}
            {tab === 'yaml' && (
              <Suspense fallback={<Loader size="sm" />}>
                <YamlPane
                  key={object.metadata.uid}
                  dashboard={dashboard}
                  type={type}
                  object={object}
                  raw={used.raw}
                  isHidden={isHidden}
                  isGone={isGone}
                />
              </Suspense>
            )}
            {tab === 'logs' && isPod && <PodLogs dashboard={dashboard} pod={object} />}
            {tab === 'terminal' && mayExec && (
              <Suspense fallback={<Loader size="sm" />}>
                <PodTerminal dashboard={dashboard} pod={object} />
              </Suspense>
            )}
            {tab === 'events' && <ObjectEvents dashboard={dashboard} object={object} />}
          </div>
        </Tabs>
      )}
    </div>
  );
}
