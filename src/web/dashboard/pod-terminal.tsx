import { Button, Group, Select, Stack, Text, useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { useTerminalDialogs } from '../shell/terminal-dialogs.tsx';
import { TerminalPane } from '../shell/terminal-pane.tsx';
import { TERMINAL_THEMES } from '../shell/terminal-theme.ts';
import type { TerminalListener, TerminalView } from '../shell/terminal-view.ts';
import classes from './dashboard.module.css';
import { ExecConnection } from './exec-connection.ts';
import type { ExecOver } from './exec-connection.ts';
import { KubernetesError } from './kubernetes-api.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { containersOf } from './pod-containers.ts';
import type { Dashboard } from './use-dashboard.ts';

/** A shell in a container of a pod. */
export function PodTerminal({ dashboard, pod }: { dashboard: Dashboard; pod: KubernetesObject }) {
  const running = containersOf(pod).filter(({ isRunning }) => isRunning);
  // Chosen once: what is typed must not go to another container because the first one has ended.
  const [container, setContainer] = useState(running[0]?.name ?? null);
  const [count, setCount] = useState(1);
  const [first] = running;
  if (container === null) {
    return (
      <Group gap="sm">
        <Text size="sm">No container of this pod {first === undefined ? 'runs' : 'ran when this was opened'}.</Text>
        {first !== undefined && (
          <Button size="xs" variant="default" onClick={() => setContainer(first.name)}>
            Open a terminal in {first.name}
          </Button>
        )}
      </Group>
    );
  }
  return (
    <Stack gap="xs" h="100%">
      <Select
        size="xs"
        aria-label="Container"
        w="fit-content"
        data={[...new Set([container, ...running.map(({ name }) => name)])]}
        allowDeselect={false}
        value={container}
        onChange={(next) => setContainer(next ?? container)}
      />
      <ContainerTerminal
        key={`${container} ${count}`}
        dashboard={dashboard}
        pod={pod}
        container={container}
        onAnew={() => setCount(count + 1)}
      />
    </Stack>
  );
}

const REFUSED =
  'The terminal was refused: you may not open one here, too many streams are open, or the portal is stopping.';

interface Props {
  readonly dashboard: Dashboard;
  readonly pod: KubernetesObject;
  readonly container: string;
  readonly onAnew: () => void;
}

function ContainerTerminal({ dashboard: { api, sessionId }, pod, container, onAnew }: Props) {
  const scheme = useComputedColorScheme('light');
  const { fontFamilyMonospace } = useMantineTheme();
  const isMotionReduced = useReducedMotion();
  const [view, setView] = useState<TerminalView | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const { pastingLines, followingLink, dialogs } = useTerminalDialogs(view);
  const connection = useRef<ExecConnection | null>(null);
  const { name, namespace = '' } = pod.metadata;

  const listener = useMemo<TerminalListener>(
    () => ({
      input: (data) => connection.current?.input(data),
      binary: (data) => connection.current?.binary(data),
      resized: (cols, rows) => connection.current?.resize(cols, rows),
      titled: () => undefined,
      pastingLines,
      followingLink,
      searching: () => undefined,
      leaving: () => document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus(),
    }),
    [followingLink, pastingLines],
  );

  useEffect(() => {
    if (view === null) return undefined;
    const explain = async (how: ExecOver): Promise<string> => {
      if (how.kind === 'exited')
        return how.exitCode === 0 ? 'The shell ended.' : `The shell ended with ${how.exitCode}.`;
      if (how.kind === 'failed') return `The terminal is over: ${how.message}`;
      if (how.kind === 'lost') return 'The connection was lost, and the shell with it.';
      // The same without an upgrade: a session or right that is missing refuses that too, in words.
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/exec?${new URLSearchParams({ container }).toString()}`;
      return api
        .text({ path, as: 'text', background: true })
        .catch((error: unknown) =>
          error instanceof KubernetesError && error.status === 400 ? REFUSED : sentenceOf(error),
        );
    };
    const opened = new ExecConnection(
      { sessionId, namespace, pod: name, container },
      {
        opened() {
          view.endReplay();
          view.allowInput(true);
          opened.resize(view.size.cols, view.size.rows);
          view.focus();
        },
        output: (bytes) => view.write(bytes),
        over(how) {
          view.allowInput(false);
          void explain(how).then(setOver);
        },
      },
    );
    connection.current = opened;
    return () => opened.close();
  }, [api, container, name, namespace, sessionId, view]);
  useEffect(() => view?.applyTheme(TERMINAL_THEMES[scheme]), [view, scheme]);

  const look = { theme: TERMINAL_THEMES[scheme], fontFamily: fontFamilyMonospace, isMotionReduced };
  return (
    <>
      {over !== null && (
        <Group gap="sm" role="status">
          <Text size="sm">{over}</Text>
          <Button size="xs" variant="default" onClick={onAnew}>
            Open a new one
          </Button>
        </Group>
      )}
      <div className={classes['terminal']}>
        <TerminalPane listener={listener} look={look} onView={setView} />
      </div>
      {dialogs}
    </>
  );
}
