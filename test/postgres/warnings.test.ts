import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { startRecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import type { RecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import { insertKubernetesSession } from '../support/replica-pair.ts';
import { soon } from '../support/soon.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let folder: string;
let url: string;
let cluster: RecordingUpstream;
let one: TestPortal;
let other: TestPortal;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-warnings-'));
  url = await createDatabase(inject('postgresUrl'));
  cluster = await startRecordingUpstream(join(folder, 'kubeconfig'));
  const options = { database: url, secretKeyFile: join(folder, 'secret.key'), kubeconfig: cluster.kubeconfig };
  one = await startTestPortal(options);
  other = await startTestPortal(options);
});
afterAll(async () => {
  await other.stop();
  await one.stop();
  await cluster.stop();
  await dropDatabase(url);
  rmSync(folder, { recursive: true });
});

it('a warning that one replica gave is not given again by another', async () => {
  const ada = await one.administrator();
  const bob = await one.user('bob');
  const lead = { type: 'AppConfig', value: '60' };
  expect((await ada.send('PUT', '/api/system-config/SessionExpiryWarning', lead)).status).toBe(200);
  const token = await insertKubernetesSession(url, ada, 10 * MINUTE_MS);
  const warning = async (portal: TestPortal, userAgent: string): Promise<string | null> => {
    const headers = { authorization: `Bearer ${token}`, 'user-agent': userAgent };
    return (await fetch(`${portal.url}/k8s/clusters/recording/api/v1/pods`, { headers })).headers.get('warning');
  };
  expect(await warning(one, 'kubectl/v1.33.0')).toMatch(/Your Kubernetes session ends in 49 min/);
  // What is told later is heard later.
  await bob.send('DELETE', '/api/session');
  const isOut = () => bob.at(other.url).get('/api/session');
  await soon(isOut, ({ status }) => status === 401, 1000);
  expect(await warning(other, 'kubectl/v1.27.0')).toBeNull();
  expect(await warning(other, 'helm/v3')).toMatch(/Your Kubernetes session ends in 49 min/);
});
