import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LATE_MS, WHY, startEndingsCluster } from './endings-cluster.ts';
import type { EndingsCluster } from './endings-cluster.ts';
import { startClient } from './endings.ts';
import type { Client } from './endings.ts';

// The same as gateway-endings.test.ts for programs with a client library, as somebody may have written them: over
// WebSocket, `v4.channel.k8s.io`, where kubectl still speaks SPDY to this API server.

const SUPPORT = join(import.meta.dirname, '..', 'support');
const ENVIRONMENT = { PATH: process.env['PATH'], HOME: tmpdir() };
const PROGRAMS = [
  {
    client: 'python3-kubernetes',
    command: '/usr/bin/python3',
    program: join(SUPPORT, 'python-client.py'),
    operations: [
      { name: 'watch', exit: 1, says: WHY },
      { name: 'log', exit: 1, says: WHY },
      { name: 'exec', exit: 1, says: WHY },
      { name: 'attach', exit: 1, says: WHY },
      { name: 'port-forward', exit: 0, says: new RegExp(`received b'' error: ${WHY.source}`) },
    ],
  },
  {
    client: '@kubernetes/client-node',
    command: process.execPath,
    program: join(SUPPORT, 'node-client.ts'),
    operations: [
      { name: 'watch', exit: 0, says: WHY },
      { name: 'log', exit: 1, says: WHY },
      { name: 'exec', exit: 1, says: WHY },
      { name: 'attach', exit: 0, says: /the connection was closed/ },
      { name: 'port-forward', exit: 0, says: new RegExp(`error: ${WHY.source}`) },
    ],
  },
];
let cluster: EndingsCluster;

beforeAll(async () => {
  cluster = await startEndingsCluster(`gateway-programs-${process.pid}`);
});
afterAll(() => cluster.stop());

describe.each(PROGRAMS)('$client', ({ client, command, program, operations }) => {
  beforeAll(async () => {
    const { kubeconfig, session } = await cluster.signIn();
    const run = (name: string): Client =>
      startClient(command, [program, name, kubeconfig, cluster.namespace], ENVIRONMENT);
    const isUnderWay = ({ seen }: Client): boolean => seen().includes('ready');
    const all = operations.map((operation) => ({ ...operation, start: () => run(operation.name), isUnderWay }));
    await cluster.endAll(client, all, session);
    const late = run('list');
    const { exit } = await late.ended;
    cluster.note({ client, operation: 'list afterwards', seen: late.seen(), exit, lateMs: null });
  });

  it.each(operations)('$name is cut at the deadline', ({ name, exit, says }) => {
    const ending = cluster.endingOf(client, name);
    expect(ending).toMatchObject({ exit, seen: expect.stringMatching(says) });
    expect(ending.lateMs).toBeLessThan(LATE_MS);
  });

  it('is refused afterwards, and told why', () => {
    expect(cluster.endingOf(client, 'list afterwards')).toMatchObject({ exit: 1, seen: expect.stringMatching(WHY) });
  });
});
