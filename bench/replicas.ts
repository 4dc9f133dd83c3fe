import { join } from 'node:path';
import { createDatabase, startPostgres } from '../test/support/postgres.ts';
import type { Benchmark } from './support/benchmark.ts';
import { startPortalProcess } from './support/portal-process.ts';
import { kubernetesSessions, portalSessions, seedPostgres } from './support/seed.ts';
import { percentile, round } from './support/statistics.ts';
import { STUB, WATCH, startWatchStub } from './support/stub-cluster.ts';
import { revokeEach, tightenAll } from './support/early-ends.ts';
import { takeIntoMemory } from './support/take-into-memory.ts';
import { openWatches } from './support/watchers.ts';

const MINUTE_MS = 60_000;

/** What one replica ends is cut on another one: how soon, from sending the request to the stream's client. */
export const replicas: Benchmark = {
  name: 'replicas',
  title: 'an end on one replica cuts streams on another',
  async run(options, scratch) {
    const revocations = options.quick ? 50 : 300;
    const tightened = options.quick ? 200 : 2000;
    const stub = await startWatchStub(scratch);
    const postgres = await startPostgres();
    scratch.defer(() => postgres.remove());
    const database = await createDatabase(postgres.url);
    const parents = portalSessions(revocations + tightened, Date.now() - 5 * MINUTE_MS);
    const children = kubernetesSessions(parents, STUB, () => Date.now() - 4 * MINUTE_MS);
    await seedPostgres(database, [...parents, ...children]);
    const start = (name: string) =>
      startPortalProcess(scratch, options, {
        name,
        dataDir: join(scratch.folder, name),
        kubeconfig: stub.kubeconfig,
        database,
        secretKeyFile: join(scratch.folder, 'secret.key'),
      });
    const [here, there] = [await start('here'), await start('there')];
    await takeIntoMemory(there, children);
    const administrator = await here.signIn('bench-0');
    const watch = (sessions: typeof children) =>
      openWatches(scratch, {
        port: there.port,
        host: there.host,
        path: `/k8s/clusters/${STUB}${WATCH}`,
        tls: false,
        headers: sessions.map(({ token }) => `Authorization: Bearer ${token}`),
        atOnce: 50,
      });
    const ended = await revokeEach(
      administrator,
      parents.slice(0, revocations),
      await watch(children.slice(0, revocations)),
    );
    const rest = children.slice(revocations);
    const cuts = await tightenAll(administrator, await watch(rest), rest.length);
    const bound = { atMost: 50 };
    return {
      figures: [
        { name: 'revocation here to the cut there, p99', value: percentile(ended, 0.99), unit: 'ms', bound },
        { name: 'tightened limit here to the first cut there', value: Math.min(...cuts.took), unit: 'ms', bound },
      ],
      tables: [
        {
          title: 'ms from sending the request, its commit included, seen by the streams’ client',
          columns: ['what', 'first cut', 'median cut', 'p99', 'last cut'],
          rows: [
            [`revoking ${revocations} sessions one by one`, ...spread(ended)],
            [`tightening a limit that ends ${rest.length}`, ...spread(cuts.took)],
          ],
        },
      ],
    };
  },
};

function spread(took: readonly number[]): number[] {
  return [Math.min(...took), percentile(took, 0.5), percentile(took, 0.99), Math.max(...took)].map((each) =>
    round(each),
  );
}
