import { join } from 'node:path';
import type { Benchmark } from './support/benchmark.ts';
import { revokeEach, tightenAll } from './support/early-ends.ts';
import { startPortalProcess } from './support/portal-process.ts';
import type { PortalProcess } from './support/portal-process.ts';
import { kubernetesSessions, portalSessions, seedDataFolder } from './support/seed.ts';
import type { SeededSession } from './support/seed.ts';
import { percentile, round } from './support/statistics.ts';
import { STUB, WATCH, startWatchStub } from './support/stub-cluster.ts';
import { takeIntoMemory } from './support/take-into-memory.ts';
import { openWatches } from './support/watchers.ts';

const MINUTE_MS = 60_000;
const REVOCATIONS = 100;
const BOUND = { atMost: 50 };

/** An administrator tightens a limit, or revokes sessions, while many live sessions are in memory. */
export const tighten: Benchmark = {
  name: 'tighten',
  title: 'a limit is tightened and sessions are revoked, among many live ones',
  async run(options, scratch) {
    const stub = await startWatchStub(scratch);
    // One Kubernetes session under each portal session, and a watch in some of them.
    const pairs = options.quick ? 5000 : 50_000;
    const watched = options.quick ? 200 : 2000;
    const parents = portalSessions(pairs, Date.now() - 5 * MINUTE_MS);
    const children = kubernetesSessions(parents, STUB, () => Date.now() - 4 * MINUTE_MS);
    const dataDir = join(scratch.folder, 'data');
    await seedDataFolder(dataDir, [...parents, ...children]);
    const portal = await startPortalProcess(scratch, options, { name: 'curfew', dataDir, kubeconfig: stub.kubeconfig });
    await takeIntoMemory(portal, children);
    const administrator = await portal.signIn('bench-0');
    const open = (sessions: readonly SeededSession[]) =>
      openWatches(scratch, {
        port: portal.port,
        host: portal.host,
        path: `/k8s/clusters/${STUB}${WATCH}`,
        tls: false,
        headers: sessions.map(({ token }) => `Authorization: Bearer ${token}`),
        atOnce: 50,
      });
    const revoked = await revokeEach(
      administrator,
      parents.slice(0, REVOCATIONS),
      await open(children.slice(0, REVOCATIONS)),
    );
    const every = Math.floor(pairs / watched) - 1;
    const cut = children
      .slice(REVOCATIONS)
      .filter((_, index) => index % every === 0)
      .slice(0, watched);
    const { took, answeredMs } = await tightenAll(administrator, await open(cut), cut.length);
    const waited = await waitForAnswer(portal);
    const [first, last] = [Math.min(...took), Math.max(...took)];
    return {
      figures: [
        {
          name: 'revocation to the cut at its client, p99',
          value: percentile(revoked, 0.99),
          unit: 'ms',
          bound: BOUND,
        },
        { name: 'tightened limit to the first cut at its client', value: first, unit: 'ms', bound: BOUND },
        { name: `tightened limit to the last of ${cut.length} cuts`, value: last, unit: 'ms' },
        { name: 'a request just afterwards took', value: waited, unit: 'ms' },
      ],
      tables: [
        {
          title: `${2 * pairs} live sessions in memory; ms from sending the request, seen by the streams' client`,
          columns: ['what', 'first cut', 'median cut', 'last cut', 'answered'],
          rows: [
            [
              `revoking ${revoked.length} sessions one by one`,
              round(Math.min(...revoked)),
              round(percentile(revoked, 0.5)),
              round(Math.max(...revoked)),
              '',
            ],
            [
              `tightening a limit that ends half of them, ${cut.length} with a stream`,
              round(first),
              round(percentile(took, 0.5)),
              round(last),
              round(answeredMs),
            ],
          ],
        },
      ],
    };
  },
};

async function waitForAnswer({ url }: PortalProcess): Promise<number> {
  const askedAt = performance.now();
  await (await fetch(`${url}/healthz`)).text();
  return performance.now() - askedAt;
}
