import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

// What people may do in the local cluster, whose node is this machine, with the groups that the gateway gives them.

const NAMESPACE = 'people';
const USER = ['--as=curfew:alice', '--as-group=curfew:users'];
const ADMINISTRATOR = ['--as=curfew:root', '--as-group=curfew:users', '--as-group=curfew:administrators'];
const READ_ONLY = ['--as=curfew:eve', '--as-group=curfew:read-only'];

function kubectl(who: readonly string[], args: readonly string[], input?: object) {
  const { status, stdout, stderr } = spawnSync(
    inject('kubectlPath'),
    ['--kubeconfig', inject('kubeconfigPath'), ...who, ...args],
    { encoding: 'utf8', input: input === undefined ? '' : JSON.stringify(input) },
  );
  return { worked: status === 0, stdout, said: stderr };
}
const create = (who: readonly string[], object: object, namespace = NAMESPACE) =>
  kubectl(who, ['--namespace', namespace, 'create', '--filename=-'], object);
const waitFor = (condition: string, what: string) =>
  kubectl([], ['--namespace', NAMESPACE, 'wait', `--for=${condition}`, what, '--timeout=60s']);
const mayUser = (namespace: string, ...what: string[]) =>
  kubectl(USER, ['auth', 'can-i', ...what, '--namespace', namespace]).stdout.trim();

function podSpec(spec: object = {}, container: object = {}) {
  const main = { name: 'main', image: 'localhost/tools:1', imagePullPolicy: 'Never', command: ['sleep', '9999'] };
  return { terminationGracePeriodSeconds: 0, ...spec, containers: [{ ...main, ...container }] };
}
const pod = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: podSpec(spec, container),
});
const deployment = (name: string, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
});

const HOST_PATH = { volumes: [{ name: 'machine', hostPath: { path: '/' } }] };
const MOUNTED = { volumeMounts: [{ name: 'machine', mountPath: '/machine' }] };
const TO_ROOT = [
  ['privileged', {}, { securityContext: { privileged: true } }],
  ['hostpath', HOST_PATH, MOUNTED],
  ['hostnetwork', { hostNetwork: true }, {}],
  ['hostpid', { hostPID: true }, {}],
  ['hostipc', { hostIPC: true }, {}],
  ['hostport', {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
  ['capability', {}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
  ['escalation', {}, { securityContext: { allowPrivilegeEscalation: true } }],
  ['unconfined', {}, { securityContext: { seccompProfile: { type: 'Unconfined' } } }],
] as const;

beforeAll(async () => {
  expect(kubectl(ADMINISTRATOR, ['create', 'namespace', NAMESPACE]).said).toBe('');
  // Its default service account, and what users may do there, follow in a moment.
  const isThere = () =>
    kubectl([], ['--namespace', NAMESPACE, 'get', 'serviceaccount/default', 'rolebinding/curfew-users']).worked;
  await vi.waitFor(() => expect(isThere()).toBe(true), { timeout: 30_000, interval: 200 });
});
afterAll(() => {
  kubectl([], ['delete', 'namespace', NAMESPACE, '--wait=false']);
});

describe('a user of the local cluster', () => {
  it('runs pods', () => {
    expect(create(USER, pod('plain')).said).toBe('');
    expect(waitFor('condition=ready', 'pod/plain').said).toBe('');
    const status = kubectl(USER, ['--namespace', NAMESPACE, 'exec', 'plain', '--', 'cat', '/proc/self/status']).stdout;
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  it('runs pods of deployments', () => {
    expect(create(USER, deployment('plain', podSpec())).said).toBe('');
    expect(waitFor('condition=available', 'deployment/plain').said).toBe('');
  });

  it.each(TO_ROOT)('is refused a pod that has of the machine: %s', (name, spec, container) => {
    const { worked, said } = create(USER, pod(name, spec, container));
    expect(worked).toBe(false);
    expect(said).toContain('PodSecurityPolicy: unable to admit pod');
  });

  it.each(TO_ROOT)('gets no pod of a deployment that has of the machine: %s', async (name, spec, container) => {
    expect(create(USER, deployment(name, podSpec(spec, container))).worked).toBe(true);
    const reason = () =>
      kubectl(
        [],
        [
          ...['--namespace', NAMESPACE, 'get', 'deployment', name],
          '--output=jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}',
        ],
      ).stdout;
    await expect.poll(reason, { timeout: 30_000 }).toContain('PodSecurityPolicy: unable to admit pod');
  });

  it('mounts no part of a volume, through which 1.20 gives away the machine', () => {
    const volumeMounts = [{ name: 'own', mountPath: '/own', subPath: 'part' }];
    const made = create(USER, pod('part', { volumes: [{ name: 'own', emptyDir: {} }] }, { volumeMounts }));
    expect(made.said).toBe('');
    const subPath = ['--output=jsonpath={.spec.containers[0].volumeMounts[0].subPath}'];
    expect(kubectl(USER, ['--namespace', NAMESPACE, 'get', 'pod', 'part', ...subPath]).stdout).toBe('');
  });

  it.each([
    ['create', 'pods'],
    ['create', 'deployments.apps'],
    ['create', 'pods', '--subresource=exec'],
    ['create', 'serviceaccounts'],
    ['impersonate', 'serviceaccounts'],
    ['get', 'secrets'],
    ['update', 'configmaps'],
  ])('may not %s %s among the system', (...what) => {
    expect(mayUser('kube-system', ...what)).toBe('no');
    expect(mayUser(NAMESPACE, ...what)).toBe('yes');
    expect(mayUser('default', ...what)).toBe('yes');
  });

  it('changes no policy, role or namespace', () => {
    for (const what of [
      ['use', 'podsecuritypolicies/curfew-privileged'],
      ['create', 'podsecuritypolicies'],
      ['create', 'rolebindings'],
      ['create', 'clusterrolebindings'],
      ['create', 'namespaces'],
      ['create', 'persistentvolumes'],
      ['get', 'nodes', '--subresource=proxy'],
    ]) {
      expect(mayUser(NAMESPACE, ...what)).toBe('no');
    }
  });

  it('sees all namespaces', () => {
    expect(kubectl(USER, ['get', 'pods', '--all-namespaces']).worked).toBe(true);
  });
});

describe('an administrator of the local cluster', () => {
  it('runs a privileged pod, and one with folders of the machine', () => {
    expect(
      create(ADMINISTRATOR, pod('free', { ...HOST_PATH, hostPID: true }, { ...MOUNTED, ...TO_ROOT[0][2] })).said,
    ).toBe('');
    expect(waitFor('condition=ready', 'pod/free').said).toBe('');
    kubectl([], ['--namespace', NAMESPACE, 'delete', 'pod', 'free', '--wait=false']);
  });

  it('runs them by a controller where only administrators are', () => {
    expect(create(ADMINISTRATOR, deployment('free', podSpec({ hostNetwork: true })), 'kube-system').said).toBe('');
    const waited = ['--namespace=kube-system', 'wait', '--for=condition=available', 'deployment/free', '--timeout=60s'];
    expect(kubectl([], waited).said).toBe('');
    kubectl([], ['--namespace=kube-system', 'delete', 'deployment', 'free', '--wait=false']);
  });
});

describe('a read-only user of the local cluster', () => {
  it('starts nothing and reads no secret', () => {
    expect(create(READ_ONLY, pod('read-only')).said).toContain('cannot create resource "pods"');
    expect(kubectl(READ_ONLY, ['--namespace', NAMESPACE, 'get', 'secrets']).worked).toBe(false);
  });
});

describe('a namespace of the administrators', () => {
  it('is one whose name begins with kube-', async () => {
    kubectl(ADMINISTRATOR, ['create', 'namespace', 'kube-lab']);
    kubectl(ADMINISTRATOR, ['create', 'namespace', 'later']);
    await expect.poll(() => mayUser('later', 'create', 'pods'), { timeout: 30_000 }).toBe('yes');
    expect(mayUser('kube-lab', 'create', 'pods')).toBe('no');
    kubectl([], ['delete', 'namespace', 'kube-lab', 'later', '--timeout=60s']);
    expect(kubectl([], ['get', 'namespace', 'later']).said).toContain('not found');
  });
});
