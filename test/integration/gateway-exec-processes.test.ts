import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { OWN_EXEC_MS } from '../../src/kubernetes/gateway/own-exec.ts';
import type { ExecOutcome } from '../../src/kubernetes/gateway/ports.ts';
import { serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { waitUntil } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, openRaw, requestText } from './gateway-raw-client.ts';
import type { RawClient } from './gateway-raw-client.ts';
import { startRecordedPortal } from './gateway-recorded-portal.ts';
import { acceptUpgrade } from './gateway-recording-upstream.ts';

/*
 * What Curfew runs in a container by itself, against a stub that plays the API server and a container that lies. What
 * really ends is in exec-processes-cluster.test.ts.
 */

const clock = createFakeClock();
const EXEC = '/k8s/clusters/recording/api/v1/namespaces/dev/pods/web-0/exec?stdout=true&container=app&command=bash';
const LISTED = '42\n1 1 0 500\n7 7 34816 970\n42 42 0 1000\n';
type Answer = (request: IncomingMessage, socket: Duplex) => void;

let recorded: Awaited<ReturnType<typeof startRecordedPortal>>;
let outcomes: ExecOutcome[];
/** Requests in Curfew's own name. */
let own: IncomingMessage[];
let answerList: Answer;
let answerEnd: Answer;
let session: TestSession;
let clients: RawClient[];

const commandOf = (request: IncomingMessage): string[] =>
  new URL(request.url ?? '', 'http://stub').searchParams.getAll('command');
const frame = (channel: number, text: string): Uint8Array =>
  serverFrame('binary', Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
const SUCCESS = frame(3, '{"metadata":{},"status":"Success"}');
const prints =
  (text: string): Answer =>
  (request, socket) => {
    acceptUpgrade(request, socket);
    for (const part of text.match(/[^]{1,5000}/g) ?? []) socket.write(frame(1, part));
    socket.write(SUCCESS);
  };
const fails =
  (message: string): Answer =>
  (request, socket) => {
    acceptUpgrade(request, socket);
    socket.write(frame(3, JSON.stringify({ status: 'Failure', message, code: 500 })));
  };
const refuses =
  (status: number): Answer =>
  (_request, socket) =>
    void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
const isSilent: Answer = () => undefined;

beforeAll(async () => {
  recorded = await startRecordedPortal({ clock, onExecCut: ({ outcome }) => void outcomes.push(outcome) });
  recorded.upstream.upgrade = (request, socket) => {
    const isOwn = commandOf(request)[3] === 'curfew';
    if (isOwn) own.push(request);
    if (isOwn) (commandOf(request).length === 4 ? answerList : answerEnd)(request, socket);
    else {
      acceptUpgrade(request, socket);
      socket.write(frame(1, ''));
      socket.write(frame(1, '$ '));
    }
  };
});
afterAll(() => recorded.stop());
beforeEach(() => {
  [outcomes, own, clients] = [[], [], []];
  answerList = prints(LISTED);
  answerEnd = prints('0\n');
});
afterEach(() => {
  for (const { socket } of clients) socket.destroy();
});

async function openExec(query: string, subresource = 'exec'): Promise<RawClient> {
  const signedIn = await recorded.portal.signIn({ username: 'alice' });
  session = signedIn.session;
  const target = EXEC.replace('/exec', `/${subresource}`) + query;
  const client = openRaw(recorded.portal, requestText('GET', target, signedIn.token, WEBSOCKET_HEADERS));
  clients.push(client);
  await waitUntil('a prompt', () => client.received().includes('$ '));
  return client;
}

async function openFound(): Promise<RawClient> {
  const client = await openExec('&tty=true&stdin=true');
  await clock.advance(300);
  await waitUntil('a look', () => own.length === 1);
  // The answer is read in the turns that follow.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return client;
}

async function told(): Promise<ExecOutcome | undefined> {
  await waitUntil('an outcome', () => outcomes.length > 0);
  expect(outcomes).toHaveLength(1);
  return outcomes[0];
}

it('finds the process of an exec with a terminal, and ends it when its session has ended', async () => {
  const client = await openFound();
  session.expire();
  await client.done;
  expect(await told()).toBe('ended');
  expect(own.map((request) => commandOf(request).slice(3))).toEqual([['curfew'], ['curfew', '500', '7', '970']]);
  for (const { method, url, headers } of own) {
    const { pathname, searchParams } = new URL(url ?? '', 'http://stub');
    expect({ method, pathname }).toEqual({ method: 'GET', pathname: '/api/v1/namespaces/dev/pods/web-0/exec' });
    expect(searchParams.getAll('container')).toEqual(['app']);
    expect(searchParams.has('stdin') || searchParams.has('tty')).toBe(false);
    expect(headers.authorization).toBe('Bearer cluster-token');
    expect(Object.keys(headers).filter((name) => name.startsWith('impersonate'))).toEqual([]);
  }
});

it('cuts before anything is ended, and does not wait for it', async () => {
  answerEnd = isSilent;
  const client = await openFound();
  session.expire();
  await clock.advance(100);
  await client.done;
  expect(client.received()).toContain('Your Kubernetes session ended');
  await waitUntil('an attempt to end', () => own.length === 2);
  await clock.advance(OWN_EXEC_MS - 101);
  expect(outcomes).toEqual([]);
  await clock.advance(1);
  expect(await told()).toBe('failed');
});

const LOOKS: [string, Answer, ExecOutcome][] = [
  ['two processes could be it', prints(`${LISTED}8 8 34817 971\n`), 'several'],
  ['only older ones are there', prints(LISTED.replace('970', '900')), 'not-found'],
  ['only younger ones are there', prints(LISTED.replace('970', '990')), 'not-found'],
  ['it has no terminal', prints(LISTED.replace('34816', '0')), 'not-found'],
  ['it leads no session', prints(LISTED.replace('7 7', '7 6')), 'not-found'],
  ['the container’s own is the only one', prints('42\n1 1 34816 970\n42 42 0 1000\n'), 'not-found'],
  ['the processes of the node are seen', prints('42\n1 1 0 1\n2 0 0 1\n'), 'not-found'],
  ['a line is none', prints(`${LISTED}8 8 34817 971; kill 1\n`), 'failed'],
  ['a number is too long', prints(LISTED.replace('970', '9'.repeat(40))), 'failed'],
  ['there is too much', prints(`${LISTED}${'9 9 0 1\n'.repeat(20_000)}`), 'failed'],
  ['nothing is printed', prints(''), 'not-found'],
  ['the image has no shell', fails('exec: "sh": executable file not found in $PATH: unknown'), 'no-shell'],
  ['the shell fails', fails('command terminated with exit code 2'), 'failed'],
  ['the cluster refuses', refuses(403), 'refused'],
  ['the cluster knows the credential no more', refuses(401), 'refused'],
];
it.each(LOOKS)('ends nothing where %s', async (_what, answer, expected) => {
  answerList = answer;
  await openFound();
  session.expire();
  expect(await told()).toBe(expected);
  expect(own).toHaveLength(1);
});

const ENDS: [string, Answer, ExecOutcome][] = [
  ['some are left', prints('2\n'), 'left'],
  ['what is printed is no number', prints('0; echo\n'), 'failed'],
  ['the pod is gone', refuses(404), 'ended'],
  ['the cluster refuses by then', refuses(403), 'refused'],
];
it.each(ENDS)('says what became of it where %s', async (_what, answer, expected) => {
  answerEnd = answer;
  await openFound();
  session.expire();
  expect(await told()).toBe(expected);
});

it('believes nothing that is found after the cut', async () => {
  const held: (() => void)[] = [];
  answerList = (request, socket) => void held.push(() => prints(LISTED)(request, socket));
  await openFound();
  session.expire();
  for (const answer of held) answer();
  expect(await told()).toBe('too-late');
  await clock.advance(60_000);
  expect(own).toHaveLength(1);
});

it('looks again where the first look failed', async () => {
  answerList = fails('the node is busy');
  await openFound();
  answerList = prints('42\n1 1 0 500\n7 7 34816 970\n42 42 0 2000\n');
  await clock.advance(10_000);
  await waitUntil('a second look', () => own.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  session.expire();
  expect(await told()).toBe('ended');
});

it.each([
  ['an exec without a terminal', 'exec', '&stdin=true', ['no-terminal']],
  ['an attach', 'attach', '&stdin=true&tty=true', []],
])('leaves %s alone', async (_what, subresource, query, expected) => {
  const client = await openExec(query, subresource);
  await clock.advance(60_000);
  session.expire();
  await client.done;
  expect({ own, outcomes }).toEqual({ own: [], outcomes: expected });
});

it('leaves a command alone that ends by itself', async () => {
  const client = await openExec('&tty=true');
  client.socket.destroy();
  await waitUntil('the end of the stream', () => session.streams.size === 0);
  await clock.advance(60_000);
  expect({ own, outcomes }).toEqual({ own: [], outcomes: [] });
});

it('leaves everything alone when the portal stops, as the session goes on', async () => {
  await openFound();
  for (const stream of session.streams) stream.cut({ at: clock.now(), reason: 'shutdown', limit: null });
  expect(outcomes).toEqual(['stopping']);
  expect(own).toHaveLength(1);
});

it.each([
  ['has a terminal', 'tty', WEBSOCKET_HEADERS],
  ['has input', 'stdin', SPDY_HEADERS],
])('refuses an exec of which it is not clear whether it %s', async (_what, flag, headers) => {
  const { token } = await recorded.portal.signIn({ username: 'alice' });
  const target = `${EXEC}&${flag}=true&${flag}=false`;
  const client = openRaw(recorded.portal, requestText('POST', target, token, headers));
  await client.done;
  expect(client.received()).toMatch(/^HTTP\/1\.1 400 /);
});

it('ends it before it looks for those of others, however many wait, and looks for none that is over', async () => {
  const client = await openFound();
  const victim = session;
  answerList = isSilent;
  for (let count = 0; count < 40; count++) await openExec('&tty=true');
  await clock.advance(300);
  const looks = () => own.filter((request) => commandOf(request).length === 4).length - 1;
  await waitUntil('as many looks as there are at a time', () => looks() === 32);
  for (const { socket } of clients.slice(-5)) socket.destroy();
  victim.expire();
  await client.done;
  await clock.advance(OWN_EXEC_MS);
  expect(await told()).toBe('ended');
  await waitUntil('the looks that waited', () => looks() === 35);
  await clock.advance(OWN_EXEC_MS);
  expect(looks()).toBe(35);
});
