import { Button, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { saveTextFile } from '../files/save-text-file.ts';
import { useSubmission } from '../forms/use-submission.ts';
import classes from './dashboard.module.css';
import type { KubernetesObject } from './kubernetes-object.ts';
import { LogText } from './log-text.ts';
import { mergeLogs } from './merged-log.ts';
import { containersOf } from './pod-containers.ts';
import type { Dashboard } from './use-dashboard.ts';

const FIRST_LINES = 1000;
const SHOW_EVERY_MS = 200;

const ALL = 'All containers';

/** What containers wrote, and write. */
export function PodLogs({ dashboard, pod }: { dashboard: Dashboard; pod: KubernetesObject }) {
  const names = containersOf(pod).map(({ name }) => name);
  const [chosen, setChosen] = useState(names[0] ?? '');
  const [isPrevious, setPrevious] = useState(false);
  const [hasTimes, setTimes] = useState(false);
  const [search, setSearch] = useState('');
  const { name, namespace = '' } = pod.metadata;
  const pathOf = (container: string): string => {
    // Those of several are put in order by their times.
    const timestamps = String(hasTimes || chosen === ALL);
    const query = new URLSearchParams({ container, timestamps });
    return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log?${query.toString()}`;
  };
  const sources = (chosen === ALL ? names : [chosen]).map((container) => ({ container, path: pathOf(container) }));
  return (
    <Stack gap="xs" h="100%">
      <Group gap="sm">
        <Select
          size="xs"
          aria-label="Container"
          data={names.length > 1 ? [...names, ALL] : names}
          allowDeselect={false}
          value={chosen}
          onChange={(next) => setChosen(next ?? chosen)}
        />
        <TextInput
          size="xs"
          aria-label="Search the log"
          placeholder="Lines with…"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Switch label="Times" checked={hasTimes} onChange={(event) => setTimes(event.currentTarget.checked)} />
        <Switch
          label="Previous container"
          checked={isPrevious}
          onChange={(event) => setPrevious(event.currentTarget.checked)}
        />
      </Group>
      <LogBox
        key={`${JSON.stringify(sources)} ${isPrevious}`}
        dashboard={dashboard}
        sources={sources}
        hasTimes={hasTimes}
        isPrevious={isPrevious}
        search={search}
        file={`${name}-${chosen === ALL ? 'all' : chosen}.log`}
      />
    </Stack>
  );
}

interface Source {
  readonly container: string;
  /** Of the whole log. */
  readonly path: string;
}

interface BoxProps {
  readonly dashboard: Dashboard;
  readonly sources: readonly Source[];
  readonly hasTimes: boolean;
  readonly isPrevious: boolean;
  readonly search: string;
  readonly file: string;
}

function LogBox({ dashboard, sources, hasTimes, isPrevious, search, file }: BoxProps) {
  const logs = useLogs(dashboard, sources, isPrevious);
  const text = useMemo(() => textOf(logs, hasTimes), [logs, hasTimes]);
  const problems = logs.flatMap(({ container, problem }) => {
    if (problem === null) return [];
    return logs.length === 1 ? [problem] : [`${container}: ${problem}`];
  });
  const words = search.toLowerCase();
  const lines = text.split('\n');
  const shown = words === '' ? text : lines.filter((line) => line.toLowerCase().includes(words)).join('\n');
  // All of it, also what is not shown.
  const download = useSubmission(async () => {
    const asWhole = ({ container, path }: Source): Promise<ContainerLog> =>
      dashboard.api
        .text({ path: isPrevious ? `${path}&previous=true` : path, as: 'text' })
        .then((whole) => ({ container, text: whole, problem: null }));
    saveTextFile(file, textOf(await Promise.all(sources.map(asWhole)), hasTimes));
  });
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <>
      <pre
        ref={box}
        className={classes['log']}
        // A log is looked at by keyboard too.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {shown}
      </pre>
      <Group gap="sm" justify="space-between">
        <Text size="sm" role="status">
          {problems.length > 0 ? problems.join(' ') : text === '' ? 'Nothing was written yet.' : ''} {download.refusal}
        </Text>
        <Button size="xs" variant="default" loading={download.isBusy} onClick={download.run}>
          Download
        </Button>
      </Group>
    </>
  );
}

function textOf(logs: readonly ContainerLog[], hasTimes: boolean): string {
  const [only] = logs;
  return logs.length === 1 && only !== undefined ? only.text : mergeLogs(logs, hasTimes);
}

const RETRY_MS = 2000;

interface ContainerLog {
  readonly container: string;
  readonly text: string;
  readonly problem: string | null;
}

/** The logs of some containers, the same ones as long as this is mounted. */
function useLogs(dashboard: Dashboard, sources: readonly Source[], isPrevious: boolean): readonly ContainerLog[] {
  const [first] = useState(sources);
  const [logs, setLogs] = useState<readonly ContainerLog[]>(() =>
    first.map(({ container }) => ({ container, ...EMPTY })),
  );
  useEffect(() => {
    const read = isPrevious ? readPrevious : followLog;
    const readings = first.map(({ container, path }) => ({
      container,
      ...read(dashboard, `${path}&tailLines=${FIRST_LINES}`, () => showSoon()),
    }));
    let timer: ReturnType<typeof setTimeout> | undefined;
    // One timer for all: each time that something is shown, all of it is put together.
    const showSoon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setLogs(readings.map(({ container, log }) => ({ container, ...log() })));
      }, SHOW_EVERY_MS);
    };
    return () => {
      clearTimeout(timer);
      for (const { end } of readings) end();
    };
  }, [dashboard, first, isPrevious]);
  return logs;
}

/** A log that is being read. */
interface Reading {
  log(): Pick<ContainerLog, 'text' | 'problem'>;
  end(): void;
}

const EMPTY = { text: '', problem: null };

/** Reads the log of the container before, which has ended. */
function readPrevious({ api }: Dashboard, path: string, changed: () => void): Reading {
  const reading = new AbortController();
  const log = new LogText();
  let problem: string | null = null;
  api
    .text({ path: `${path}&previous=true`, as: 'text', signal: reading.signal })
    .then((text) => log.add(text))
    .catch((error: unknown) => {
      problem = sentenceOf(error);
    })
    .finally(() => reading.signal.aborted || changed());
  return { log: () => ({ text: log.text(), problem }), end: () => reading.abort() };
}

function followLog({ streams }: Dashboard, path: string, changed: () => void): Reading {
  const log = new LogText();
  let problem: string | null = null;
  const tell = (next: string | null): void => {
    problem = next;
    changed();
  };
  const end = streams.add({
    path: () => `${path}&follow=true`,
    // After a loss the last lines come again: what was there makes room for them.
    opened: () => {
      log.clear();
      tell(null);
    },
    data: (text) => {
      log.add(text);
      changed();
    },
    interrupted: () => tell('The connection is lost. Trying again.'),
    over: ({ status, message, retryAfterMs }) => {
      tell(
        status === 200
          ? `The container has ended. Shown are its last ${FIRST_LINES} lines at most; Download has all.`
          : message,
      );
      // 400: it has not started yet.
      return status === 400 || status === 429 || status > 500 ? (retryAfterMs ?? RETRY_MS) : null;
    },
  });
  return { log: () => ({ text: log.text(), problem }), end };
}
