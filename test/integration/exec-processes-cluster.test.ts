import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ExecOutcome } from '../../src/kubernetes/gateway/ports.ts';
import { clientFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { spawnPty } from '../../src/kubernetes/shell/pty.ts';
import { findKubectls } from '../support/kubectls.ts';
import { runKubectl, startGatewayPortal, startKubectl, waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { WEBSOCKET_HEADERS, openRaw, requestText } from './gateway-raw-client.ts';

/*
 * What an exec leaves behind in a pod once its session has ended, on a real node. Each command carries a number of its
 * own, by which it is found among all processes of this machine, on which the node runs. This is the table of
 * docs/guide/security.md.
 */

const NAMESPACE = `exec-processes-${process.pid}`;
/** As long as the gateway leaves a command alone that prints nothing. */
const SILENT_MS = 10_000;

interface Case {
  /** What kubectl is given behind the pod; `N` is the number. */
  readonly args: string;
  readonly command: readonly string[];
  /** What is typed at the prompt. */
  readonly typed?: string;
  /** What is seen when it is ready; null for what prints nothing. */
  readonly ready: RegExp | null;
  readonly left: 'lives on' | 'gone';
  readonly outcome: ExecOutcome | null;
}

const BASH = ['bash', '--norc'];
const PROMPT = /bash-.*[#$] $/;
const CASES: Record<string, Case> = {
  shell: { args: '-it', command: [...BASH, '-s', 'N'], ready: PROMPT, left: 'gone', outcome: 'ended' },
  foreground: { args: '-it', command: BASH, typed: 'sleep N', ready: PROMPT, left: 'gone', outcome: 'ended' },
  background: { args: '-it', command: BASH, typed: 'sleep N &', ready: PROMPT, left: 'gone', outcome: 'ended' },
  stopped: {
    ...{ args: '-it', command: BASH, typed: `sh -c 'kill -STOP $$; sleep 1' N`, ready: PROMPT },
    ...{ left: 'gone', outcome: 'ended' },
  },
  nohup: {
    args: '-it',
    command: BASH,
    typed: '(trap "" HUP; exec sleep N) &',
    ready: PROMPT,
    left: 'gone',
    outcome: 'ended',
  },
  setsid: { args: '-it', command: BASH, typed: 'setsid sleep N &', ready: PROMPT, left: 'lives on', outcome: 'ended' },
  editor: { args: '-it', command: ['vi', '/tmp/N'], ready: /~/, left: 'gone', outcome: 'ended' },
  raw: {
    ...{ args: '-it', command: ['sh', '-c', 'stty raw -echo; echo ready; exec cat - N', 'N'], ready: /ready/ },
    ...{ left: 'gone', outcome: 'ended' },
  },
  stubborn: {
    args: '-it',
    command: ['sh', '-c', 'trap "" HUP INT TERM; echo ready; while :; do sleep 1; done', 'N'],
    ...{ ready: /ready/, left: 'gone', outcome: 'ended' },
  },
  output: {
    ...{ args: '-it', command: ['sh', '-c', 'echo ready; sleep 1000; :', 'N'], ready: /ready/ },
    ...{ left: 'gone', outcome: 'ended' },
  },
  silent: { args: '-it', command: ['sleep', 'N'], ready: null, left: 'gone', outcome: 'ended' },
  shellless: { args: '-it', command: ['/pause', 'N'], ready: null, left: 'gone', outcome: 'no-shell' },
  piped: { args: '-i', command: ['cat', '-', 'N'], ready: null, left: 'gone', outcome: 'no-terminal' },
  plain: { args: '', command: ['sleep', 'N'], ready: null, left: 'lives on', outcome: 'no-terminal' },
};
const ATTACHED = 'attached';

let portal: GatewayPortal;
const outcomes = new Map<string | null, ExecOutcome>();
const running: { kill(): void }[] = [];
const admin = (args: string[], input = '\n'): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), ['-n', NAMESPACE, ...args], input);

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'busy' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [...Object.keys(CASES), ATTACHED].map((name) => ({
      name,
      image: name === 'shellless' ? 'localhost/pause:1' : 'localhost/tools:1',
      imagePullPolicy: 'Never',
      ...(name !== 'shellless' && { command: ['sleep', '100000'] }),
      ...(name === ATTACHED && { command: [...BASH, '-s', '70000'], stdin: true, tty: true }),
    })),
  },
};

beforeAll(async () => {
  portal = await startGatewayPortal(inject('kubeconfigPath'), {
    onExecCut: ({ container, outcome }) => void outcomes.set(container, outcome),
  });
  await admin(['create', 'namespace', NAMESPACE]);
  for (const user of ['alice', 'bob'])
    await admin(['create', 'rolebinding', user, '--clusterrole=edit', `--user=curfew:${user}`]);
  for (let tries = 0; tries < 100 && (await admin(['get', 'serviceaccount', 'default'])).exit !== 0; tries++);
  await admin(['apply', '-f', '-'], JSON.stringify(POD));
  const ready = await admin(['wait', 'pod/busy', '--for=condition=Ready', '--timeout=60s']);
  if (ready.exit !== 0) throw new Error(ready.stderr);
});
afterAll(async () => {
  await admin(['delete', 'namespace', NAMESPACE, '--wait=false', '--grace-period=0', '--force']);
  await portal.stop();
});
beforeEach(() => outcomes.clear());
afterEach(() => {
  for (const each of running.splice(0)) each.kill();
});

/** Whether a process with this argument runs in a container: not on the machine itself, as kubectl does. */
function runsInPod(argument: string): boolean {
  const ours = readlinkSync('/proc/self/ns/pid');
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split(/[\0/]/);
      return words.includes(argument) && readlinkSync(`/proc/${pid}/ns/pid`) !== ours;
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

interface SignedIn {
  readonly kubeconfig: string;
  readonly token: string;
}

/** What is run in which container; `args` as kubectl has them. */
type Wanted = Pick<Case, 'args' | 'command' | 'typed' | 'ready'> & { readonly container: string };

interface Started {
  isReady(): boolean;
  output(): string;
}

/** Types when it is ready. */
function follow({ ready, typed }: Wanted, type: (text: string) => void): Started & { heard(text: string): void } {
  let output = '';
  let isReady = ready === null;
  return {
    isReady: () => isReady,
    output: () => output,
    heard(text) {
      output += text;
      if (isReady || ready?.test(output) !== true) return;
      isReady = true;
      if (typed !== undefined) type(`${typed}\r`);
    },
  };
}

/** Starts a kubectl, on a terminal where the command is to have one. */
function startOf(kubectl: string) {
  return ({ kubeconfig }: SignedIn, wanted: Wanted): Started => {
    const { args, command, container } = wanted;
    const flags = args === '' ? [] : [args];
    const [verb, rest] = command.length === 0 ? ['attach', []] : ['exec', ['--', ...command]];
    const all = ['-n', NAMESPACE, verb, ...flags, 'busy', '-c', container, ...rest];
    if (args !== '-it') {
      const { process: child } = startKubectl(kubectl, kubeconfig, all);
      running.push({ kill: () => void child.kill('SIGKILL') });
      return { isReady: () => wanted.ready === null, output: () => '' };
    }
    const following = follow(wanted, (text) => pty.write(Buffer.from(text)));
    const listener = { output: (chunk: Buffer) => following.heard(chunk.toString()), drained() {}, exited() {} };
    const environment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
    const file = { file: kubectl, args: ['--kubeconfig', kubeconfig, ...all] };
    const pty = spawnPty(file, { cols: 80, rows: 24 }, environment, listener);
    running.push({ kill: () => killIfThere(pty.pid) });
    return following;
  };
}

/** kubectl falls back to SPDY here, since Kubernetes 1.20 does not speak its kind of WebSocket. */
function startOverWebSocket({ token }: SignedIn, wanted: Wanted): Started {
  const { args, command, container } = wanted;
  const query = new URLSearchParams({ stdout: 'true', container });
  for (const [flag, letter] of [
    ['stdin', 'i'],
    ['tty', 't'],
  ] as const)
    if (args.includes(letter)) query.set(flag, 'true');
  for (const word of command) query.append('command', word);
  const path = `${podPath()}/${command.length === 0 ? 'attach' : 'exec'}?${query.toString().replaceAll('+', '%20')}`;
  const client = openRaw(portal, requestText('GET', path, token, WEBSOCKET_HEADERS));
  running.push({ kill: () => client.socket.destroy() });
  const following = follow(wanted, (text) => client.socket.write(clientFrame('binary', Buffer.from(`\0${text}`))));
  client.socket.on('data', (chunk: Buffer) => following.heard(chunk.toString('latin1')));
  return following;
}

function podPath(): string {
  return `/k8s/clusters/${portal.clusterId}/api/v1/namespaces/${NAMESPACE}/pods/busy`;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const CLIENTS = [
  ...findKubectls(inject('kubectlPath'))
    .slice(0, 2)
    .map(({ name, path }) => ({ name: `${name} (${path})`, start: startOf(path) })),
  { name: 'a client of WebSocket', start: startOverWebSocket },
];

/** Each has processes with numbers of their own in the pod. */
let attempts = 0;

describe.each(CLIENTS)('once a session has ended, $name', (client) => {
  // A node that is busy with other tests may take longer than the 5 s that an exec of Curfew's own has. Then it is said
  // that something may live on, and here it is tried again.
  it('what it had started in the pod is gone, or is said to live on', { timeout: 120_000, retry: 2 }, async () => {
    const attempt = attempts++;
    const signedIn = await portal.signIn({ username: 'alice' });
    const { session } = signedIn;
    const numberOf = (name: string): string => String(70_001 + 100 * attempt + Object.keys(CASES).indexOf(name));
    const fill = (text: string, name: string): string => text.replaceAll(/\bN\b/g, numberOf(name));
    const started = Object.entries(CASES).map(([name, { args, command, typed, ready }]) => {
      const words = command.map((word) => fill(word, name));
      const wanted = { args, command: words, ready, container: name, ...(typed && { typed: fill(typed, name) }) };
      return [name, client.start(signedIn, wanted)] as const;
    });
    client.start(signedIn, { args: '-it', command: [], ready: null, container: ATTACHED });
    for (const [name, { isReady, output }] of started) {
      await waitUntil(`${name}: ${output()}`, () => isReady() && runsInPod(numberOf(name)));
    }
    await waitUntil('the attach', () => [...session.streams].some(({ kind }) => kind === 'attach'));
    await new Promise((resolve) => setTimeout(resolve, SILENT_MS + 1000));

    session.expire();
    await waitUntil('all outcomes', () => outcomes.size === started.length);
    const ends = started.filter(([name]) => CASES[name]?.left === 'gone');
    await waitUntil('the end of what ends', () => !ends.some(([name]) => runsInPod(numberOf(name))), 2000).catch(
      () => undefined,
    );
    const measured = started.map(([name]) => {
      const left = runsInPod(numberOf(name)) ? 'lives on' : 'gone';
      return [name, { left, outcome: outcomes.get(name) }];
    });
    const expected = Object.entries(CASES).map(([name, { left, outcome }]) => [name, { left, outcome }]);
    expect(Object.fromEntries(measured)).toEqual(Object.fromEntries(expected));
    expect(runsInPod('70000')).toBe(true);
  });
});

describe('another user’s exec in the same container', () => {
  const open = async (username: string, number: number) => {
    const { session, token } = await portal.signIn({ username });
    const query = `stdout=true&stdin=true&tty=true&container=shell&command=bash&command=--norc&command=-s&command=${number}`;
    const client = openRaw(portal, requestText('GET', `${podPath()}/exec?${query}`, token, WEBSOCKET_HEADERS));
    running.push({ kill: () => client.socket.destroy() });
    await waitUntil('a prompt', () => /bash-.*[#$] /.test(client.received()));
    return session;
  };
  const looked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1500));

  it('lives on, whoever came first', async () => {
    const before = await open('bob', 71_000);
    await looked();
    const alice = await open('alice', 71_001);
    await looked();
    const after = await open('bob', 71_002);
    await looked();
    alice.expire();
    await waitUntil('the end', () => !runsInPod('71001') && outcomes.size > 0);
    expect({ alice: outcomes.get('shell'), before: runsInPod('71000'), after: runsInPod('71002') }).toEqual({
      ...{ alice: 'ended', before: true, after: true },
    });
    before.expire();
    after.expire();
    await waitUntil('the end of the others', () => !runsInPod('71000') && !runsInPod('71002'));
  });

  it('lives on where the two cannot be told apart, and that is said', async () => {
    const [alice, bob] = await Promise.all([open('alice', 71_003), open('bob', 71_004)]);
    await looked();
    alice.expire();
    await waitUntil('an outcome', () => outcomes.size > 0);
    expect({ alice: outcomes.get('shell'), bob: runsInPod('71004') }).toEqual({ alice: 'several', bob: true });
    // The keys that end a shell were typed all the same.
    await waitUntil('the end', () => !runsInPod('71003'));
    bob.expire();
  });
});
