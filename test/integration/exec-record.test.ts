import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serverFrame } from '../../src/kubernetes/gateway/websocket-frames.ts';
import { until } from '../support/curfew-process.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { acceptUpgrade, startRecordingUpstream } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

/* What administrators read of an exec that was cut: a whole portal, before a stub that plays cluster and container. */

const PATH = '/k8s/clusters/recording/api/v1/namespaces/dev/pods/web-0/exec?stdout=true&container=app&command=bash';
const frame = (channel: number, text: string): Uint8Array =>
  serverFrame('binary', Buffer.from(String.fromCharCode(channel) + text));
const folder = mkdtempSync(join(tmpdir(), 'curfew-exec-record-'));
let upstream: RecordingUpstream;
let test: TestPortal;
let administrator: TestBrowser;
let answered = 0;
/** Whether it has been asked to end a process, and does not answer yet. */
let answerEnd: (() => void) | null = null;

beforeAll(async () => {
  upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  upstream.upgrade = (request, socket) => {
    const command = new URL(request.url ?? '', 'http://stub').searchParams.getAll('command');
    const finish = (text: string): void => {
      socket.write(Buffer.concat([frame(1, text), frame(3, '{"status":"Success"}')]));
      answered++;
    };
    acceptUpgrade(request, socket);
    if (command[3] !== 'curfew') socket.write(frame(1, '$ '));
    else if (command.length === 4) finish('42\n1 1 0 500\n7 7 34816 970\n42 42 0 1000\n');
    else answerEnd = () => finish('0\n');
  };
  test = await startTestPortal({ kubeconfig: upstream.kubeconfig });
  administrator = await test.administrator();
});
afterAll(async () => {
  await test.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true });
});

async function openExec(query: string): Promise<void> {
  const { body } = await administrator.send('POST', '/api/clusters/recording/kubeconfig');
  const authorization = `Bearer ${/token: (\S+)/.exec(body.kubeconfig)?.[1] ?? ''}`;
  const url = `${test.url.replace('http', 'ws')}${PATH}${query}`;
  const client = new WebSocket(url, 'v4.channel.k8s.io', { headers: { authorization } });
  await new Promise((resolve, reject) => void client.once('message', resolve).once('error', reject));
}

async function endSessions(): Promise<void> {
  const { body } = await administrator.get('/api/sessions?state=live&kind=kubernetes');
  for (const { id } of body.items) expect((await administrator.send('DELETE', `/api/sessions/${id}`)).status).toBe(204);
}

const recorded = async (): Promise<string[]> =>
  (await administrator.get('/api/audit?pageSize=200&search=exec.cut')).body.items.map(
    ({ sentence }: { sentence: string }) => sentence,
  );

it('is in the audit, and in the log where something may live on', async () => {
  await openExec('');
  await openExec('&tty=true');
  await test.clock.advance(300);
  await until(() => answered === 1, 'a look');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await endSessions();
  const plain = 'An exec of ada in dev/web-0 (app) was cut: it had no terminal, so its input was closed, and';
  await expect.poll(recorded).toEqual([`${plain} what it started may live on.`]);
  expect(test.logs().match(/what an exec had started may live on/g)).toHaveLength(1);

  // A portal that is told to stop waits for what it is ending.
  await until(() => answerEnd !== null, 'an attempt to end it');
  const stopped = test.restart();
  await new Promise((resolve) => setTimeout(resolve, 200));
  answerEnd?.();
  await stopped;
  administrator = test.browser();
  await administrator.signIn('ada');
  expect((await recorded()).toSorted()).toEqual([
    `${plain} what it started may live on.`,
    'An exec of ada in dev/web-0 (app) was cut: what ran on its terminal has ended.',
  ]);
  expect(test.logs().match(/what an exec had started may live on/g)).toHaveLength(1);
});
