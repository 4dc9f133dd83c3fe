import { Button, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { saveTextFile } from '../files/save-text-file.ts';
import classes from './dashboard.module.css';
import type { KubernetesObject } from './kubernetes-object.ts';
import { LogText } from './log-text.ts';
import { containersOf } from './pod-containers.ts';
import type { Dashboard } from './use-dashboard.ts';

const FIRST_LINES = 1000;
const SHOW_EVERY_MS = 200;

/** What a container wrote, and writes. */
export function PodLogs({ dashboard, pod }: { dashboard: Dashboard; pod: KubernetesObject }) {
  const names = containersOf(pod).map(({ name }) => name);
  const [container, setContainer] = useState(names[0] ?? '');
  const [isPrevious, setPrevious] = useState(false);
  const [hasTimes, setTimes] = useState(false);
  const [search, setSearch] = useState('');
  const query = new URLSearchParams({ container, tailLines: String(FIRST_LINES), timestamps: String(hasTimes) });
  const { name, namespace = '' } = pod.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log?${query.toString()}`;
  return (
    <Stack gap="xs" h="100%">
      <Group gap="sm">
        <Select
          size="xs"
          aria-label="Container"
          data={names}
          allowDeselect={false}
          value={container}
          onChange={(next) => setContainer(next ?? container)}
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
        key={`${path} ${isPrevious}`}
        dashboard={dashboard}
        path={path}
        isPrevious={isPrevious}
        search={search}
        file={`${name}-${container}.log`}
      />
    </Stack>
  );
}

interface BoxProps {
  readonly dashboard: Dashboard;
  readonly path: string;
  readonly isPrevious: boolean;
  readonly search: string;
  readonly file: string;
}

function LogBox({ dashboard, path, isPrevious, search, file }: BoxProps) {
  const { text, problem } = useLog(dashboard, path, isPrevious);
  const words = search.toLowerCase();
  const lines = text.split('\n');
  const shown = words === '' ? text : lines.filter((line) => line.toLowerCase().includes(words)).join('\n');
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
          {problem ?? (text === '' ? 'Nothing was written yet.' : '')}
        </Text>
        <Button size="xs" variant="default" onClick={() => saveTextFile(file, text)}>
          Download
        </Button>
      </Group>
    </>
  );
}

const RETRY_MS = 2000;

/** A log that is followed, or the one of the container before, which has ended. */
function useLog(
  { api, streams }: Dashboard,
  path: string,
  isPrevious: boolean,
): { text: string; problem: string | null } {
  const [state, setState] = useState({ text: '', problem: null as string | null });
  useEffect(() => {
    if (isPrevious) {
      const reading = new AbortController();
      api
        .text({ path: `${path}&previous=true`, as: 'text', signal: reading.signal })
        .then((text) => {
          const log = new LogText();
          log.add(text);
          setState({ text: log.text(), problem: null });
        })
        .catch((error: unknown) => reading.signal.aborted || setState({ text: '', problem: sentenceOf(error) }));
      return () => reading.abort();
    }
    const log = new LogText();
    let problem: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setState({ text: log.text(), problem });
      }, SHOW_EVERY_MS);
    };
    const tell = (next: string | null): void => {
      problem = next;
      show();
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
        show();
      },
      interrupted: () => tell('The connection is lost. Trying again.'),
      over: ({ status, message, retryAfterMs }) => {
        tell(status === 200 ? 'The container has ended; this is all of its log.' : message);
        return status === 429 || status > 500 ? (retryAfterMs ?? RETRY_MS) : null;
      },
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [api, streams, path, isPrevious]);
  return state;
}
