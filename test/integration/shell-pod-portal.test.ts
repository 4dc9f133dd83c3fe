import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { assignIds } from '../../src/kubernetes/clusters/cluster-id.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { openTestShell } from '../support/test-shell.ts';
import { soon } from '../support/soon.ts';
import { podsOnceThey, preparePodCluster } from './shell-pod-house.ts';
import type { PodCluster } from './shell-pod-house.ts';
import { oddSeconds, pidsOf, until } from './shell-terminal.ts';

const MINUTE_MS = 60_000;

let cluster: PodCluster;
let portal: TestPortal;
let browser: TestBrowser;
let id: string;

/** A whole portal whose shells are pods of the real cluster, which is also the one that they look at. */
beforeAll(async () => {
  const kubeconfig = inject('kubeconfigPath');
  cluster = preparePodCluster(kubeconfig, inject('kubectlPath'), 'shells-of-a-portal');
  id = assignIds(loadKubeconfig([kubeconfig]).clusters.map(({ name }) => name))[0] ?? '';
  portal = await startTestPortal({ kubeconfig, flags: flagsFor(id) });
  browser = await portal.administrator();
});
afterAll(async () => {
  await portal.stop();
  cluster.remove();
});

function flagsFor(clusterId: string): Record<string, unknown> {
  return {
    'shell-sandbox': 'pod',
    'shell-pod-cluster': clusterId,
    'shell-pod-namespace': cluster.settings.namespace,
    'shell-pod-image': cluster.settings.image,
    'shell-pod-pull-policy': cluster.settings.pullPolicy,
  };
}

describe('a portal whose shells are pods', () => {
  it('gives a terminal in which kubectl works, until the deadline: then neither process nor pod is left', async () => {
    const open = () => openTestShell(browser, id).catch((error: unknown) => String(error));
    const shell = await soon(open, (answer) => typeof answer !== 'string', 30_000);
    if (typeof shell === 'string') throw new Error(shell);
    shell.type('kubectl --namespace demo get pods --output name\n');
    await until(() => shell.output().includes('pod/shell-target'), shell.output);
    shell.type(
      'kubectl --namespace demo exec shell-target -- echo "in"side; kubectl auth can-i --list --as=system:admin\n',
    );
    await until(() => /\binside\b[^]*as\) is refused/.test(shell.output()), shell.output);
    const [pod] = cluster.pods();
    shell.type(`kubectl --namespace ${cluster.settings.namespace} exec ${pod?.metadata.name} -- echo "in"truded\n`);
    await until(() => /are the shells of others/.test(shell.output()), shell.output);
    expect(shell.output()).not.toContain('intruded');
    shell.type(
      `kubectl --namespace ${cluster.settings.namespace} annotate --overwrite pod ${pod?.metadata.name} curfew/bashrc=x\n`,
    );
    await until(() => /enters these pods or changes them/.test(shell.output()), shell.output);
    const ofNode = `/api/v1/nodes/${pod?.spec.nodeName}/proxy`;
    const run = `run/${cluster.settings.namespace}/${pod?.metadata.name}/shell?cmd=hostname`;
    shell.type(`kubectl create --raw '${ofNode}/${run}' -f /dev/null; kubectl get --raw ${ofNode}/"health"z\n`);
    await until(() => /nothing that leads into a pod[^]*ok/.test(shell.output()), shell.output);
    const seconds = oddSeconds();
    shell.type(`setsid sleep ${seconds} &\n`);
    await until(() => pidsOf(`sleep ${seconds}`).length === 1, 'the process');

    // Somebody works all the time: it is the maximum that ends it.
    for (let passed = 0; passed < 50; passed += 25) {
      await portal.clock.advance(25 * MINUTE_MS);
      const prompts = shell.output().length;
      shell.type('\n');
      await until(() => shell.output().length > prompts, 'an answer');
    }
    await portal.clock.advance(10 * MINUTE_MS);
    await shell.closed;
    expect(shell.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'max-duration' });
    await until(() => pidsOf(`sleep ${seconds}`).length === 0, 'the process to be gone');
    await podsOnceThey(cluster, (pods) => pods.length === 0);
  });
});
