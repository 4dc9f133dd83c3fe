import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayPorts } from '../../src/kubernetes/gateway/ports.ts';
import { startGatewayPortal } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';
import { startRecordingUpstream } from './gateway-recording-upstream.ts';
import type { RecordingUpstream } from './gateway-recording-upstream.ts';

/** A gateway before a recording upstream, whose cluster is called `recording`. */
export async function startRecordedPortal(overrides: Partial<GatewayPorts> = {}): Promise<{
  upstream: RecordingUpstream;
  portal: GatewayPortal;
  stop(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-recorded-'));
  const upstream = await startRecordingUpstream(join(folder, 'kubeconfig'));
  const portal = await startGatewayPortal(upstream.kubeconfig, overrides);
  return {
    upstream,
    portal,
    async stop() {
      await portal.stop();
      await upstream.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
