import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import type { Tenant, TenantEntry } from '../../src/core/tenant.ts';
import { ApiError, createOwnApi } from '../../src/kubernetes/clusters/own-api.ts';
import { createTenantKeeper } from '../../src/kubernetes/tenants/tenant-keeper.ts';
import type { TenantKeeper } from '../../src/kubernetes/tenants/tenant-keeper.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import type { FakeClock } from '../../src/system/fake-clock.ts';
import { findKubectls } from '../support/kubectls.ts';
import { runKubectl, startGatewayPortal } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { startShellHouse } from './shell-terminal.ts';

// What a tenant is in a real cluster: its namespace and role bindings, and what kubectl gets to see in it.

const NAMESPACE = `tenant-${process.pid}`;
const ID = '5f3c9b7e-0000-4000-8000-00000000000a';
const [EDIT, VIEW] = [`curfew-tenant-${ID}`, `curfew-tenant-${ID}-read-only`];
const MINUTE = 60_000;
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: 'web', image: 'localhost/tools:1', imagePullPolicy: 'Never', command: ['sh', '-c', 'sleep 9999'] },
    ],
  },
};

let portal: GatewayPortal;
let clock: FakeClock;
let keeper: TenantKeeper;
let tenants: Tenant[];
let tenant: Tenant;
const entries = new Map<string, TenantEntry>([
  ['editor', 'full'],
  ['reader', 'read-only'],
]);
const machine = createSystemClock();
const log = pino({ level: 'silent' });

const admin = (args: string[], input = ''): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), args, input);
const inNamespace = (...args: string[]): ReturnType<typeof runKubectl> => admin(['-n', NAMESPACE, ...args]);
const isReady = async (id = ID): Promise<void> => {
  await vi.waitFor(() => expect(keeper.stateOf(id)).toMatchObject({ state: 'ready' }), { timeout: 20_000 });
};
const rolesOf = async (name: string): Promise<string> => {
  const { stdout } = await inNamespace('get', 'rolebinding', name, '--ignore-not-found', '-o', 'json');
  if (stdout === '') return 'none';
  const { roleRef, subjects } = bindingSchema.parse(JSON.parse(stdout));
  return `${roleRef.name} to ${subjects.map((each) => each.name).join()}`;
};
const bindingSchema = z.object({
  roleRef: z.object({ name: z.string() }),
  subjects: z.array(z.object({ name: z.string() })).default([]),
});

beforeAll(async () => {
  portal = await startGatewayPortal(inject('kubeconfigPath'), {
    tenantOf: (id) => tenants.find((each) => each.id === id),
    entryOf: ({ username }) => entries.get(username) ?? 'none',
  });
  const { clusterId } = portal;
  tenant = { id: ID, name: 'shop', clusterId, namespace: NAMESPACE, bindings: 'managed', createdAt: 0 };
  tenants = [tenant];
  clock = createFakeClock();
  keeper = createTenantKeeper({
    ...{ clock, machine, log, portalId: 'here' },
    did: () => {},
    listTenants: () => Promise.resolve(tenants),
    findCluster: (id) => portal.directory.find(id),
  });
  expect(keeper.stateOf(ID).state).toBe('pending');
  keeper.look();
  await isReady();
  const account = () => inNamespace('get', 'serviceaccount', 'default');
  await vi.waitFor(async () => expect((await account()).exit).toBe(0), { timeout: 20_000 });
});
afterAll(async () => {
  await keeper.stop();
  await admin(['delete', 'namespace', NAMESPACE, '--wait=false', '--grace-period=0', '--force']);
  await portal.stop();
});

describe('the keeper', () => {
  it('made the namespace and two role bindings', async () => {
    expect(await rolesOf(EDIT)).toBe(`edit to curfew:tenant:${ID}`);
    expect(await rolesOf(VIEW)).toBe(`view to curfew:tenant-read-only:${ID}`);
    const labels = 'app.kubernetes.io/managed-by=curfew,curfew.io/tenant';
    const { stdout } = await inNamespace('get', 'rolebinding', '-l', `${labels}=${ID}`, '-o', 'name');
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('brings back what was deleted or changed, within a minute', async () => {
    await inNamespace('delete', 'rolebinding', EDIT);
    await inNamespace('patch', 'rolebinding', VIEW, '-p', '{"subjects":[{"kind":"User","name":"curfew:mallory"}]}');
    await clock.advance(MINUTE);
    await expect.poll(() => rolesOf(EDIT), { timeout: 20_000 }).toBe(`edit to curfew:tenant:${ID}`);
    await expect.poll(() => rolesOf(VIEW), { timeout: 20_000 }).toBe(`view to curfew:tenant-read-only:${ID}`);
    await inNamespace('delete', 'rolebinding', EDIT);
    const label = `{"metadata":{"labels":{"app.kubernetes.io/managed-by":"curfew","curfew.io/tenant":"${ID}"}}}`;
    await inNamespace('create', 'rolebinding', EDIT, '--clusterrole=cluster-admin', '--user=curfew:mallory');
    await inNamespace('patch', 'rolebinding', EDIT, '-p', label);
    await clock.advance(MINUTE);
    await expect.poll(() => rolesOf(EDIT), { timeout: 20_000 }).toBe(`edit to curfew:tenant:${ID}`);
    await isReady();
  });

  it('leaves alone what is somebody else’s, and says so', async () => {
    await inNamespace('create', 'rolebinding', 'by-hand', '--clusterrole=view', '--user=somebody');
    await inNamespace('delete', 'rolebinding', EDIT);
    await inNamespace('create', 'rolebinding', EDIT, '--clusterrole=view', '--user=somebody');
    keeper.look();
    const conflict = `The role binding ${NAMESPACE}/${EDIT} is not Curfew’s: its labels say so. Delete or rename it.`;
    await expect.poll(() => keeper.stateOf(ID), { timeout: 20_000 }).toEqual({ state: 'failed', sentence: conflict });
    expect(await rolesOf(EDIT)).toBe('view to somebody');
    await inNamespace('delete', 'rolebinding', EDIT);
    keeper.look();
    await isReady();
    expect(await rolesOf('by-hand')).toBe('view to somebody');
  });

  it('takes away what it made once the tenant is gone, and leaves the namespace', async () => {
    const namespace = `${NAMESPACE}-former`;
    const former: Tenant = { ...tenant, id: ID.replace(/a$/, 'b'), namespace };
    tenants = [tenant, former];
    keeper.look();
    await isReady(former.id);
    tenants = [tenant];
    keeper.look();
    const bindings = async () => {
      const { stdout } = await admin(['-n', namespace, 'get', 'rolebinding', '-l', 'curfew.io/tenant', '-o', 'name']);
      return stdout;
    };
    await expect.poll(bindings, { timeout: 20_000 }).toBe('');
    expect((await admin(['get', 'namespace', namespace])).exit).toBe(0);
    await admin(['delete', 'namespace', namespace, '--wait=false']);
  });
});

// The one built with the cluster and the newest: what is between these differs in nothing that a tenant changes.
const [oldest, ...newer] = findKubectls(inject('kubectlPath'));
describe.each([oldest, newer.at(-1)].flatMap((each) => each ?? []))('$name ($path)', ({ path }) => {
  const as = async (username: string) => {
    const { kubeconfig } = await portal.signIn({ username }, 60, undefined, tenant);
    return (args: string[], input?: string): ReturnType<typeof runKubectl> => runKubectl(path, kubeconfig, args, input);
  };

  it('works in the namespace of its tenant, and nowhere else', async () => {
    const run = await as('editor');
    // One that an earlier failure left behind.
    await run(['delete', 'pod', 'web', '--ignore-not-found', '--now']);
    const created = await run(['create', '-f', '-'], JSON.stringify(POD));
    expect(created).toMatchObject({ exit: 0, stdout: 'pod/web created\n' });
    expect(await run(['get', 'serviceaccounts', '-o', 'name'])).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('serviceaccount/default'),
    });
    expect((await run(['wait', 'pod/web', '--for=condition=Ready', '--timeout=60s'])).stderr).toBe('');
    expect(await run(['exec', 'web', '--', 'echo', 'inside'])).toMatchObject({ exit: 0, stdout: 'inside\n' });
    expect(await run(['get', 'namespace', NAMESPACE, '-o', 'name'])).toMatchObject({ exit: 0 });
    expect(await run(['auth', 'can-i', 'create', 'pods'])).toMatchObject({ exit: 0, stdout: 'yes\n' });
    expect((await run(['api-resources', '-o', 'name'])).exit).toBe(0);
    const here = `You are in the tenant shop here, whose namespace is ${NAMESPACE}`;
    for (const args of [
      ['get', 'pods', '-n', 'demo'],
      ['get', 'pods', '--all-namespaces'],
      ['get', 'nodes'],
      ['get', 'namespaces'],
      ['get', 'namespace', 'demo'],
      ['delete', 'namespace', NAMESPACE],
      ['create', 'namespace', 'another'],
      ['exec', '-n', 'demo', 'shell-target', '--', 'id'],
      ['logs', '-n', 'demo', 'web'],
      ['port-forward', '-n', 'demo', 'pod/web', ':8080'],
      ['get', 'clusterroles'],
    ]) {
      const { exit, stderr } = await run(args);
      expect([args.join(' '), exit]).toEqual([args.join(' '), 1]);
      expect(stderr).toContain(here);
    }
    const elsewhere = await run(['create', '-n', 'demo', '-f', '-'], JSON.stringify(POD));
    expect(elsewhere.stderr).toContain(`${here}: the namespace demo is no part of it.`);
    expect((await run(['delete', 'pod', 'web', '--wait'])).exit).toBe(0);
  });

  it('only reads with a read-only entry', async () => {
    const run = await as('reader');
    expect(await run(['get', 'serviceaccounts', '-o', 'name'])).toMatchObject({ exit: 0 });
    const created = await run(['create', '-f', '-'], JSON.stringify(POD));
    expect(created.exit).toBe(1);
    expect(created.stderr).toContain('You are read-only in the tenant shop');
    expect((await run(['get', 'secrets'])).stderr).toContain('You are read-only in the tenant shop');
  });

  it('gets nothing without an entry, or without the tenant', async () => {
    const run = await as('stranger');
    expect((await run(['get', 'pods'])).stderr).toContain(
      'The tenant of this session is gone, or you may not enter it',
    );
  });
});

it('has a shell that begins in its namespace and gets no further, until it may not enter any more', async () => {
  const tenantOf = (id: string) => tenants.find((each) => each.id === id);
  const house = await startShellHouse({ gateway: portal.gateway, tenantOf });
  const { session } = await portal.signIn({ username: 'editor' }, 60, undefined, tenant);
  try {
    const shell = await house.open(session);
    expect(await shell.run('kubectl config view --minify -o jsonpath={..namespace}')).toBe(NAMESPACE);
    expect(await shell.run('kubectl get serviceaccounts -o name')).toContain('serviceaccount/default');
    const here = `You are in the tenant shop here, whose namespace is ${NAMESPACE}`;
    for (const args of ['get pods -n demo', 'get nodes', 'exec -n demo shell-target -- id'])
      expect(await shell.run(`kubectl ${args}`)).toContain(here);
    entries.set('editor', 'none');
    expect(await shell.run('kubectl get pods')).toContain(
      'The tenant of this session is gone, or you may not enter it',
    );
  } finally {
    entries.set('editor', 'full');
    session.revoke();
    await house.stop();
  }
});

describe('of all that the cluster can do', () => {
  it('nothing of the whole cluster is served below the path of a namespace', async () => {
    const cluster = portal.directory.find(portal.clusterId);
    if (cluster === undefined) throw new Error('there is no such cluster');
    const api = createOwnApi(cluster, machine);
    const list = z.object({ groups: z.array(z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })) });
    const { groups } = list.parse(await api.call('GET', '/apis'));
    const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
    const resources = z.object({ resources: z.array(z.object({ name: z.string(), namespaced: z.boolean() })) });
    const wide: string[] = [];
    for (const version of ['/api/v1', ...versions]) {
      const all = resources.parse(await api.call('GET', version)).resources;
      // Self reviews are made, not read, and a namespace is answered for itself alone.
      const names = all.filter(({ namespaced, name }) => !namespaced && !name.includes('/') && name !== 'namespaces');
      wide.push(...names.map(({ name }) => `${version}/namespaces/${NAMESPACE}/${name}`));
    }
    expect(wide.length).toBeGreaterThan(15);
    for (const path of wide.flatMap((each) => [each, `${each}/x`])) {
      const refusal = await api.call('GET', path).then(
        () => 'served',
        (error: unknown) => (error instanceof ApiError ? error.status : error),
      );
      expect([path, refusal]).toEqual([path, expect.toBeOneOf([404, 405])]);
    }
  });
});
