import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { startRecordingUpstream } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

/** A portal with the administrator `ada`, and a cluster `recording` that is ready. */
export interface DashboardHouse {
  readonly upstream: RecordingUpstream;
  readonly test: TestPortal;
  readonly ada: TestBrowser;
  close(): Promise<void>;
}

export async function openDashboardHouse(): Promise<DashboardHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-dashboards-'));
  const upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  const test = await startTestPortal({ kubeconfig: upstream.kubeconfig });
  const ada = await test.administrator();
  await expect
    .poll(async () => (await ada.get('/api/clusters')).body.items[0].state, { timeout: 20_000 })
    .toBe('ready');
  upstream.recorded.length = 0;
  const close = async () => {
    await test.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true });
  };
  return { upstream, test, ada, close };
}
