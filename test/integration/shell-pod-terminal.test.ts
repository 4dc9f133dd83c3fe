import { afterAll, beforeAll, inject } from 'vitest';
import { openTestPods, preparePodCluster } from './shell-pod-house.ts';
import type { PodCluster, TestPods } from './shell-pod-house.ts';
import { describeTerminal } from './shell-terminal.contract.ts';
import { startHouse } from './shell-terminal.ts';

let cluster: PodCluster;
let pods: TestPods;

beforeAll(async () => {
  cluster = preparePodCluster(inject('kubeconfigPath'), inject('kubectlPath'), 'shells-of-terminals');
  pods = await openTestPods(cluster).ready();
});
afterAll(async () => {
  await pods.close();
  cluster.remove();
});

// One workshop for all of them: it tries itself out when it is opened.
describeTerminal(() => startHouse({ ...pods.workshop, close: () => undefined }), 'timeout 3 nc 127.0.0.1 8001');
