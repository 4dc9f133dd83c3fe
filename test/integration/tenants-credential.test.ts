import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import type { Tenant } from '../../src/core/tenant.ts';
import { createClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import type { ClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { createTenantKeeper } from '../../src/kubernetes/tenants/tenant-keeper.ts';
import type { TenantKeeper } from '../../src/kubernetes/tenants/tenant-keeper.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { runKubectl } from './gateway-portal.ts';

// What Curfew's own credential needs for tenants, in a real cluster: the rules of docs/guide/tenants-rbac.md, one by one.

const HOME = `tenant-credential-${process.pid}`;
const ROLE = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: HOME } };
const RBAC = 'rbac.authorization.k8s.io';
const BINDINGS = {
  apiGroups: [RBAC],
  resources: ['rolebindings'],
  verbs: ['get', 'list', 'create', 'update', 'delete'],
};
const NAMESPACES = { apiGroups: [''], resources: ['namespaces'], verbs: ['create'] };
const BIND = { apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: ['edit', 'view'], verbs: ['bind'] };

let folder: string;
let directory: ClusterDirectory;
let keeper: TenantKeeper;
let tenant: Tenant;

const admin = (args: string[], input = ''): ReturnType<typeof runKubectl> =>
  runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), args, input);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-tenants-'));
  const machine = createSystemClock();
  const log = pino({ level: 'silent' });
  await admin(['create', 'namespace', HOME]);
  directory = createClusterDirectory(loadKubeconfig([await serviceAccountKubeconfig()]), { clock: machine, log });
  const clusterId = directory.list()[0]?.id ?? '';
  const id = '5f3c9b7e-0000-4000-8000-00000000000c';
  tenant = { id, name: 'narrow', clusterId, namespace: `${HOME}-tenant`, bindings: 'managed', createdAt: 0 };
  keeper = createTenantKeeper({
    ...{ clock: createFakeClock(), machine, log, portalId: 'narrow' },
    did: () => {},
    listTenants: () => Promise.resolve([tenant]),
    findCluster: (wanted) => directory.find(wanted),
  });
});
afterAll(async () => {
  await keeper.stop();
  await directory.stop();
  await admin(['delete', 'clusterrole,clusterrolebinding', HOME]);
  await admin(['delete', 'namespace', HOME, tenant.namespace, '--wait=false']);
  rmSync(folder, { recursive: true });
});

/** A kubeconfig of a service account that is bound to a role which does not exist yet. */
async function serviceAccountKubeconfig(): Promise<string> {
  await admin(['-n', HOME, 'create', 'serviceaccount', 'portal']);
  await admin(['create', 'clusterrolebinding', HOME, '--clusterrole', HOME, '--serviceaccount', `${HOME}:portal`]);
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/portal/token`;
  const { stdout } = await admin(['create', '--raw', path, '-f', '-'], JSON.stringify({ spec: {} }));
  const { status } = z.object({ status: z.object({ token: z.string() }) }).parse(JSON.parse(stdout));
  const config = await admin(['config', 'view', '--raw', '--minify', '-o', 'json']);
  const [cluster] = z.object({ clusters: z.array(z.looseObject({})) }).parse(JSON.parse(config.stdout)).clusters;
  const kubeconfig = join(folder, 'kubeconfig');
  const name = 'narrow';
  const whole = {
    clusters: [{ ...cluster, name }],
    users: [{ name, user: { token: status.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(whole));
  return kubeconfig;
}

async function grant(...rules: object[]): Promise<void> {
  const { exit, stderr } = await admin(['apply', '-f', '-'], JSON.stringify({ ...ROLE, rules }));
  if (exit !== 0) throw new Error(stderr);
}

/** Looks until that is said: what the cluster may do follows a changed role in a moment. */
async function expectSaid(part: string): Promise<void> {
  const look = (): string => {
    keeper.look();
    return keeper.stateOf(tenant.id).sentence;
  };
  await expect.poll(look, { timeout: 20_000, interval: 200 }).toContain(part);
}

it('needs no more than what the guide grants it, and says what is missing', async () => {
  await expectSaid('cannot list resource "rolebindings"');
  await grant(BINDINGS);
  await expectSaid('and Curfew may not make it');
  await grant(BINDINGS, NAMESPACES);
  await expectSaid('attempting to grant RBAC permissions not currently held');
  await grant(BINDINGS, NAMESPACES, BIND);
  await expectSaid('may not impersonate the group curfew:tenant:');
  const resourceNames = [`curfew:tenant:${tenant.id}`, `curfew:tenant-read-only:${tenant.id}`];
  const impersonate = { apiGroups: [''], resources: ['groups'], verbs: ['impersonate'], resourceNames };
  await grant(BINDINGS, NAMESPACES, BIND, impersonate);
  await expectSaid('Curfew keeps its role bindings');
  expect(keeper.stateOf(tenant.id).state).toBe('ready');
});
