import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { TERMINAL_CLOSE } from '../../src/wire/shell.ts';
import { soon } from '../support/soon.ts';
import { openTestPods, podsOnceThey, preparePodCluster } from './shell-pod-house.ts';
import type { PodCluster, TestPods } from './shell-pod-house.ts';
import { pidsOf, startHouse, startStubborn, until } from './shell-terminal.ts';
import type { House } from './shell-terminal.ts';

let cluster: PodCluster;
let pods: TestPods;
let house: House;
let session: TestSession;

beforeAll(async () => {
  cluster = preparePodCluster(inject('kubeconfigPath'), inject('kubectlPath'), 'shells-of-tests');
  pods = await openTestPods(cluster).ready();
});
afterAll(async () => {
  await pods.close();
  cluster.remove();
});
beforeEach(async () => {
  // One workshop for all of them: it tries itself out when it is opened.
  house = await startHouse({ ...pods.workshop, close: () => undefined });
  session = createTestSession({ clock: house.clock });
});
afterEach(async () => {
  await house.stop();
  await podsOnceThey(cluster, (all) => all.length === 0);
});

describe('a shell in a pod', () => {
  it('runs kubectl as its session, and holds no credential', async () => {
    const startedAt = performance.now();
    const terminal = await house.open(session);
    console.log(`a shell in a pod opened in ${(performance.now() - startedAt).toFixed(0)} ms`);
    expect(await terminal.run('kubectl get pods; k get pods')).toBe('NAME\npod-of-the-stub\nNAME\npod-of-the-stub');
    expect(house.gateway.requests.every(({ sessionId }) => sessionId === session.id)).toBe(true);
    expect(house.gateway.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(await terminal.run('ls /var/run/secrets /run/secrets 2>&1 | grep -c "No such file"')).toBe('2');
    expect(await terminal.run('mount | grep -ci secret; env | grep -ci token')).toBe('0\n0');
    const kubeconfig: unknown = JSON.parse(await terminal.run('kubectl config view --raw -o json'));
    expect(kubeconfig).toMatchObject({ users: null, clusters: [{ cluster: { server: 'http://127.0.0.1:8001' } }] });
  });

  it('has the size of its page, and ends with its bash', async () => {
    const terminal = await house.open(session);
    expect(await terminal.run('stty size')).toBe('40 120');
    terminal.resize(90, 30);
    await soon(
      () => terminal.run('stty size'),
      (size) => size === '30 90',
      5_000,
    );
    terminal.type('exit 7\n');
    expect(await terminal.closed).toBe(TERMINAL_CLOSE.exited);
    expect(terminal.messages.at(-1)).toEqual({ type: 'exited', exitCode: 7 });
    expect(session.end()).toBeNull();
  });

  it('is what the restricted Pod Security Standard asks for, with limits and a deadline of its own', async () => {
    await house.open(session);
    const [pod] = cluster.pods();
    const { spec } = pod ?? {};
    expect(spec).toMatchObject({
      activeDeadlineSeconds: 86_400,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect([spec.hostNetwork, spec.hostPID, spec.hostIPC]).toEqual([undefined, undefined, undefined]);
    expect(spec.containers).toHaveLength(1);
    expect(spec.containers[0]).toMatchObject({
      resources: { limits: { cpu: '1', memory: '512Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        // Beside it stand those of the cluster's own policy.
        capabilities: { drop: expect.arrayContaining(['ALL']) as unknown },
        privileged: false,
        readOnlyRootFilesystem: true,
      },
    });
    const kinds = (spec.volumes as object[]).map((volume) => Object.keys(volume).find((key) => key !== 'name'));
    expect(new Set(kinds)).toEqual(new Set(['emptyDir', 'downwardAPI']));
  });

  it('is without any privilege inside', async () => {
    const terminal = await house.open(session);
    expect(
      await terminal.run('id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\\t" " "'),
    ).toBe('1000\nCapEff: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2');
    expect(
      await terminal.run('for d in / /etc /etc/curfew /usr /bin; do touch $d/x 2> /dev/null && echo $d; done'),
    ).toBe('');
    expect(
      await terminal.run('kill -9 1; kill -KILL 1; cat /proc/1/environ 2>&1 | head -c 60; ls /proc/1/fd 2>&1'),
    ).toMatch(/denied[^]*denied/);
    expect(await terminal.run('kubectl get pods')).toMatch(/pod-of-the-stub/);
  });

  it('reaches no other shell, and nobody joins its relay but the portal', async () => {
    const terminal = await house.open(session);
    const other = await house.open(createTestSession({ clock: house.clock, id: 'session-of-bob' }));
    const ips = cluster.pods().map(({ status }) => status.podIP as string);
    const own = await terminal.run('hostname -i');
    const foreign = ips.find((ip) => ip !== own);
    expect(ips).toContain(own);
    expect(await terminal.run(`(exec 3<>/dev/tcp/${foreign}/8001) 2>&1`)).toMatch(/refused|unreachable|timed out/);
    expect(await terminal.run('timeout 1 curfew-relay join 8001; echo $?')).toMatch(/\b(124|143)$/);
    const from = house.gateway.requests.length;
    await other.run('kubectl get pods');
    const seen = house.gateway.requests.slice(from).map(({ sessionId }) => sessionId);
    expect(new Set(seen)).toEqual(new Set(['session-of-bob']));
  });
});

describe('the end of the session', () => {
  it('passes no further byte, and leaves neither process nor pod', async () => {
    const terminal = await house.open(session);
    const commands = await startStubborn(terminal);
    const startedAt = performance.now();
    session.revoke();
    await until(() => pidsOf(...commands).length === 0, 'the processes to be gone');
    const goneAfterMs = performance.now() - startedAt;
    console.log(`every process of a pod gone ${goneAfterMs.toFixed(0)} ms after the cut`);
    expect(goneAfterMs).toBeLessThan(3_000);
    expect(await terminal.closed).toBe(TERMINAL_CLOSE.ended);
    expect(terminal.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'revoked' });
    await podsOnceThey(cluster, (all) => all.length === 0, 5_000);
  });

  it('that comes while the pod is being made is not missed', async () => {
    const opening = house.shells.open(session, { cols: 80, rows: 24 });
    const refused = opening.catch((error: unknown) => error);
    await podsOnceThey(cluster, (all) => all.length > 0);
    session.revoke();
    expect(await refused).toMatchObject({ code: 'session-ended' });
    await podsOnceThey(cluster, (all) => all.length === 0);
  });

  it('does not come at re-authentication, which takes the shell along', async () => {
    const terminal = await house.open(session);
    await terminal.run('answer=42');
    const renewed = createTestSession({ clock: house.clock, id: 'session-2' });
    house.shells.rebind(terminal.id, renewed);
    session.revoke();
    expect(await terminal.run('echo "the answer is $answer"; kubectl get pods | tail -1')).toBe(
      'the answer is 42\npod-of-the-stub',
    );
    expect(new Set(house.gateway.requests.map(({ sessionId }) => sessionId))).toEqual(new Set(['session-2']));
  });

  it('is told to a shell whose pod somebody deletes', async () => {
    const terminal = await house.open(session);
    cluster.kubectl('-n', cluster.settings.namespace, 'delete', 'pods', '--all', '--grace-period=0', '--force');
    expect(await terminal.closed).toBe(TERMINAL_CLOSE.exited);
  });
});

describe('a portal that is killed', () => {
  it('leaves no process, and the next one removes the pod', async () => {
    const script = join(import.meta.dirname, 'shell-pod-to-kill.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(cluster)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { command } = JSON.parse(line) as { command: string };
    expect(pidsOf(command)).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const startedAt = performance.now();
    await until(() => pidsOf(command).length === 0, 'the process to be gone');
    console.log(
      `every process of a pod gone ${(performance.now() - startedAt).toFixed(0)} ms after its portal was killed`,
    );
    const live = await house.open(session);
    await podsOnceThey(cluster, (all) => all.some(({ status }) => status.phase !== 'Running'));
    const next = openTestPods(cluster);
    await podsOnceThey(cluster, (all) => all.length === 1);
    await next.close();
    expect(await live.run('echo alive')).toBe('alive');
  });
});

describe('what is missing', () => {
  const missingWith = async (changes: Parameters<typeof openTestPods>[1], kubeconfig = cluster.kubeconfig) => {
    const { workshop, close } = openTestPods({ ...cluster, kubeconfig }, changes);
    const ask = () => Promise.resolve(workshop.missing().join(' '));
    const missing = await soon(ask, (text) => !/tried out/.test(text), 20_000);
    await close();
    return missing;
  };

  it.each([
    [{ image: 'localhost/nothing:1' }, /image localhost\/nothing:1.*did not start: ErrImageNeverPull/],
    [
      { namespace: 'default' },
      /may not create pods, get pods, list pods, delete pods, get pods\/exec, create pods\/exec in the namespace default of the cluster home. Apply deploy\/shell-pods.yaml/,
    ],
    [{ clusterId: 'elsewhere' }, /cluster elsewhere, which is not there/],
  ])('is said: %o', async (settings, words) => {
    expect(await missingWith(settings)).toMatch(words);
  });

  it('is said: the namespace', async () => {
    expect(await missingWith({ namespace: 'nowhere' }, inject('kubeconfigPath'))).toMatch(
      /There is no namespace nowhere in the cluster home/,
    );
  });

  it('is said: the relay, in an image that is of no use', async () => {
    expect(await missingWith({ image: 'localhost/pause:1' })).toMatch(/did not start: .*curfew-relay/);
  });
});
