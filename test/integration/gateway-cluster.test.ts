import { z } from 'zod';
import { parseApiRequest } from '../../src/kubernetes/gateway/api-request.ts';
import { isReadOnly } from '../../src/kubernetes/gateway/read-only.ts';
import { splitTarget } from '../../src/kubernetes/gateway/request-target.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runKubectl, startGatewayPortal, waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { SPDY_HEADERS, WEBSOCKET_HEADERS, exchangeRaw, openRaw, requestText } from './gateway-raw-client.ts';

// Of the administrators: in others, the local cluster binds every user.
const NAMESPACE = `kube-gateway-cluster-${process.pid}`;
let portal: GatewayPortal;
let prefix: string;
const admin = (args: string[], input = ''): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), ['-n', NAMESPACE, ...args], input);

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'quiet' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'quiet', image: 'localhost/tools:1', imagePullPolicy: 'Never', command: ['sleep', '100000'] }],
  },
};

beforeAll(async () => {
  portal = await startGatewayPortal(inject('kubeconfigPath'));
  prefix = `/k8s/clusters/${portal.clusterId}/api/v1/namespaces/${NAMESPACE}`;
  // In these tests users may do only what is bound below, not what the local cluster lets everybody do.
  await admin(['delete', 'clusterrolebinding', 'curfew-users']);
  await admin(['create', 'namespace', NAMESPACE]);
  await admin(['create', 'rolebinding', 'editor', '--clusterrole=edit', '--user=curfew:editor']);
  await admin(['create', 'rolebinding', 'boss', '--clusterrole=cluster-admin', '--user=curfew:boss']);
  await admin(['create', 'role', 'looks', '--verb=get', '--resource=pods,pods/exec']);
  await admin(['create', 'rolebinding', 'looker', '--role=looks', '--user=curfew:looker']);
  for (let tries = 0; tries < 100 && (await admin(['get', 'serviceaccount', 'default'])).exit !== 0; tries++);
  await admin(['apply', '-f', '-'], JSON.stringify(POD));
  const ready = await admin(['wait', 'pod/quiet', '--for=condition=Ready', '--timeout=60s']);
  if (ready.exit !== 0) throw new Error(ready.stderr);
});
afterAll(async () => {
  await admin(['create', 'clusterrolebinding', 'curfew-users', '--clusterrole=view', '--group=curfew:users']);
  await admin(['delete', 'namespace', NAMESPACE, '--wait=false', '--grace-period=0', '--force']);
  await portal.stop();
});

/** Everything that the API server says it can do: `pods/exec`, with the methods that its verbs are. */
async function discover(): Promise<{ path: string; resource: string; verbs: string[] }[]> {
  const get = async (path: string): Promise<string> => (await admin(['get', '--raw', path])).stdout;
  const groups = groupsSchema.parse(JSON.parse(await get('/apis')));
  const versions = [
    '/api/v1',
    ...groups.groups.flatMap(({ versions: all }) => all.map((each) => `/apis/${each.groupVersion}`)),
  ];
  const lists = await Promise.all(
    versions.map(async (path) => {
      const { resources } = resourcesSchema.parse(JSON.parse(await get(path)));
      return resources.map(({ name, verbs }) => ({ path, resource: name, verbs }));
    }),
  );
  return lists.flat();
}

const groupsSchema = z.object({
  groups: z.array(z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })),
});
const resourcesSchema = z.object({ resources: z.array(z.object({ name: z.string(), verbs: z.array(z.string()) })) });
const METHODS: Record<string, string> = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' };

describe('a read-only user', () => {
  it('passes with nothing that writes or opens, of all that the cluster can do', async () => {
    const passed: string[] = [];
    const discovered = await discover();
    for (const { path, resource, verbs } of discovered) {
      const [name = '', subresource] = resource.split('/');
      const target = `${path}/namespaces/dev/${name}/x${subresource === undefined ? '' : `/${subresource}`}`;
      for (const verb of new Set([...verbs, 'get', 'create', 'update', 'patch', 'delete'])) {
        const method = METHODS[verb] ?? 'GET';
        const collection = verb === 'create' && subresource === undefined;
        const asked = collection ? target.replace(/\/x$/, '') : target;
        if (isReadOnly(parseApiRequest(method, splitTarget(asked)), false)) passed.push(`${method} ${resource}`);
        expect(isReadOnly(parseApiRequest(method, splitTarget(asked)), true)).toBe(false);
      }
    }
    const writes = [...new Set(passed)].filter((each) => !each.startsWith('GET '));
    // A review of oneself is none in a namespace's path, where all of these are asked for.
    expect(writes).toEqual([]);
    const review = splitTarget('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
    expect(isReadOnly(parseApiRequest('POST', review), false)).toBe(true);
    const opened = /\/(?:exec|attach|portforward|proxy|token|eviction|binding)$|^GET secrets$/;
    expect(passed.filter((each) => opened.test(each))).toEqual([]);
    expect(new Set(passed).size).toBeGreaterThan(40);
  });
});

describe('a service account’s token', () => {
  const ask = async (seconds: number, minutes: number): Promise<string> => {
    const { token } = await portal.signIn({ username: 'boss' }, minutes);
    const body = JSON.stringify({ spec: { expirationSeconds: seconds } });
    const headers = ['Connection: close', 'Content-Type: application/json'];
    return exchangeRaw(portal, requestText('POST', `${prefix}/serviceaccounts/default/token`, token, headers, body));
  };
  const secondsOf = (answer: string): number => {
    const [, until] = /"expirationTimestamp":"([^"]+)"/.exec(answer) ?? [];
    return (Date.parse(until ?? '') - Date.now()) / 1000;
  };

  it('of a year lasts as long as the session, not longer', async () => {
    const answer = await ask(31_536_000, 20);
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(secondsOf(answer)).toBeLessThanOrEqual(1200);
    expect(secondsOf(answer)).toBeGreaterThan(1150);
  });

  it('of 3607 s is none of those that the API server makes last a year', async () => {
    expect(secondsOf(await ask(3607, 300))).toBeLessThanOrEqual(3607);
  });

  it('is refused in the last ten minutes', async () => {
    expect(await ask(600, 9)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('an exec', () => {
  const exec = (rest: string): string => `${prefix}/pods/quiet/exec?stdout=true&${rest}`;

  it('is not opened by who may only look, by WebSocket or SPDY', async () => {
    const { token } = await portal.signIn({ username: 'looker' });
    for (const [method, headers] of [
      ['GET', WEBSOCKET_HEADERS],
      ['GET', SPDY_HEADERS],
      ['POST', SPDY_HEADERS],
    ] as const) {
      const answer = await exchangeRaw(portal, requestText(method, exec('command=id'), token, headers));
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('cannot create resource \\"pods/exec\\"');
    }
  });

  it('takes its shell along when it is cut, and what runs in that', async () => {
    const { session, token } = await portal.signIn({ username: 'editor' });
    const target = exec('command=sh&stdin=true&tty=true');
    const client = openRaw(portal, requestText('GET', target, token, WEBSOCKET_HEADERS));
    await waitUntil('a prompt', () => /[#$] /.test(client.received()));
    const line = Buffer.from('\0sleep 98765\n');
    client.socket.write(Buffer.concat([Buffer.from([0x82, 0x80 | line.length, 0, 0, 0, 0]), line]));
    const processes = async (): Promise<string> => {
      const list = 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done';
      return (await admin(['exec', 'quiet', '--', 'sh', '-c', list])).stdout;
    };
    await waitUntilAsync(async () => (await processes()).includes('sleep 98765'));
    session.expire();
    await client.done;
    const left = async () =>
      (await processes())
        .split('\n')
        .map((each) => each.trim())
        .filter((each) => ['sh', 'sleep 98765'].includes(each));
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });
});

async function waitUntilAsync(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not come to pass.');
}

/** The fields of a protobuf message, by number; those of a length as bytes. */
function fieldsOf(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const size = key % 8 === 2 ? varint() : 0;
    if (key % 8 === 0) varint();
    fields.set(key >> 3, bytes.subarray(at, at + size));
    at += size;
  }
  return fields;
}

/** A watch event in protobuf: what happened, and to what kind of object. */
function describeEvent(frame: Buffer): { type: string; kind: string; apiVersion: string; content: Buffer } {
  const event = fieldsOf(frame);
  const raw = fieldsOf(event.get(2) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0);
  expect(raw.subarray(0, 4).toString()).toBe('k8s\0');
  const unknown = fieldsOf(raw.subarray(4));
  const meta = fieldsOf(unknown.get(1) ?? Buffer.alloc(0));
  const text = (field: Buffer | undefined): string => field?.toString() ?? '';
  return {
    type: text(event.get(1)),
    apiVersion: text(meta.get(1)),
    kind: text(meta.get(2)),
    content: unknown.get(2) ?? Buffer.alloc(0),
  };
}

describe('a watch in protobuf', () => {
  it('ends with an event of the same form as the API server’s', async () => {
    const { session, token } = await portal.signIn({ username: 'editor' });
    const accept = 'Accept: application/vnd.kubernetes.protobuf;stream=watch, application/vnd.kubernetes.protobuf';
    const client = openRaw(portal, requestText('GET', `${prefix}/pods?watch=true`, token, [accept]));
    await waitUntil('an event', () => client.received().includes('k8s\0'));
    session.expire();
    await client.done;
    const frames = framesOf(unchunk(client.receivedBytes()));
    const [first] = frames;
    const last = frames.at(-1);
    expect(describeEvent(first ?? Buffer.alloc(0))).toMatchObject({ type: 'ADDED', apiVersion: 'v1', kind: 'Pod' });
    const error = describeEvent(last ?? Buffer.alloc(0));
    expect(error).toMatchObject({ type: 'ERROR', apiVersion: 'v1', kind: 'Status' });
    const status = fieldsOf(error.content);
    expect(status.get(2)?.toString()).toBe('Failure');
    expect(status.get(3)?.toString()).toMatch(/Maximum K8s Session Duration/);
    expect(status.get(4)?.toString()).toBe('Unauthorized');
  });
});

/** The body of an answer in chunks. */
function unchunk(answer: Buffer): Buffer {
  let at = answer.indexOf('\r\n\r\n') + 4;
  const parts: Buffer[] = [];
  for (;;) {
    const end = answer.indexOf('\r\n', at);
    const size = Number.parseInt(answer.subarray(at, end).toString(), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(answer.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function framesOf(body: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const size = body.readUInt32BE(at);
    frames.push(body.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}
