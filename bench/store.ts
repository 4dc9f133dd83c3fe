import { join } from 'node:path';
import { ALONE } from '../src/sessions/ports.ts';
import { Sessions } from '../src/sessions/sessions.ts';
import { openPostgresStore } from '../src/store/postgres.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';
import { createSystemClock } from '../src/system/clock.ts';
import { createDatabase, startPostgres } from '../test/support/postgres.ts';
import type { Benchmark, Options } from './support/benchmark.ts';
import { cookieOf, sendTo, startPortalProcess } from './support/portal-process.ts';
import type { Figure } from './support/report.ts';
import type { Scratch } from './support/scratch.ts';
import { endedSessions, portalSessions, seedDataFolder, seedPostgres } from './support/seed.ts';
import type { SeededSession } from './support/seed.ts';
import { median, round } from './support/statistics.ts';

const LIVE = 1000;
const KEEP_ENDED_MS = 30 * 24 * 3600_000;
const KEYS = ['startMs', 'signInMs', 'checkMs', 'sweepMs'] as const;
const LABELS = {
  startMs: 'start-up',
  signInMs: 'sign-in',
  checkMs: 'first check of a session',
  sweepMs: 'sweep',
} as const;
type Took = Readonly<Record<(typeof KEYS)[number], number>>;

/** Where the rows are. */
interface Place {
  readonly name: string;
  readonly dataDir: string;
  readonly database?: string;
  open(): Promise<Store>;
}

/** What everyday work costs with a million sessions in the store, of which a thousand are live. */
export const store: Benchmark = {
  name: 'store',
  title: 'a million session rows',
  async run(options, scratch) {
    const many = options.quick ? 50_000 : 1_000_000;
    const postgres = await startPostgres();
    scratch.defer(() => postgres.remove());
    const figures: Figure[] = [];
    const rows: (string | number)[][] = [];
    for (const kind of ['SQLite', 'PostgreSQL']) {
      const took: Took[] = [];
      for (const count of [LIVE, many]) {
        const live = portalSessions(LIVE, Date.now());
        const place = await seed(scratch, { kind, count, live, serverUrl: postgres.url });
        const each = await measure(scratch, options, place, live);
        took.push(each);
        rows.push([kind, count, ...KEYS.map((key) => round(each[key], 2))]);
      }
      const [few, lots] = took;
      for (const key of KEYS) {
        const value = (lots?.[key] ?? Number.NaN) / (few?.[key] ?? Number.NaN);
        figures.push({
          name: `${kind}: ${LABELS[key]}, ${many} rows against ${LIVE}`,
          value,
          unit: '×',
          bound: { atMost: 2 },
        });
      }
    }
    const columns = ['store', 'rows', ...KEYS.map((key) => `${LABELS[key]} ms`)];
    return {
      figures,
      tables: [{ title: `medians; ${LIVE} of the rows are live, the others ended within 30 days`, columns, rows }],
    };
  },
};

async function seed(
  scratch: Scratch,
  { kind, count, live, serverUrl }: { kind: string; count: number; live: readonly SeededSession[]; serverUrl: string },
): Promise<Place> {
  const name = `${kind}-${count}`;
  const dataDir = join(scratch.folder, name);
  const rows = (function* () {
    yield* live;
    yield* endedSessions(count - LIVE);
  })();
  if (kind === 'SQLite') {
    await seedDataFolder(dataDir, rows);
    return { name, dataDir, open: () => openSqliteStore(join(dataDir, 'curfew.sqlite')) };
  }
  const database = await createDatabase(serverUrl);
  await seedPostgres(database, rows);
  return { name, dataDir, database, open: () => openPostgresStore({ url: database }) };
}

async function measure(
  scratch: Scratch,
  options: Options,
  { open, ...orders }: Place,
  live: readonly SeededSession[],
): Promise<Took> {
  const starts: number[] = [];
  for (let times = options.quick ? 2 : 5; times > 0; times--) {
    const portal = await startPortalProcess(scratch, options, orders);
    starts.push(portal.startedInMs);
    await portal.server.stop();
  }
  const portal = await startPortalProcess(scratch, options, orders);
  const url = `http://${portal.host}`;
  const signIns: number[] = [];
  for (let index = 0; index < 20; index++) signIns.push(await timed(() => portal.signIn(`bench-${index}`)));
  const checks: number[] = [];
  for (const { token } of live.slice(0, 500)) {
    checks.push(await timed(() => sendTo(url, 'GET', '/api/session/check', cookieOf(token))));
  }
  await portal.server.stop();
  const sweepMs = await measureSweep(open);
  return { startMs: median(starts), signInMs: median(signIns), checkMs: median(checks), sweepMs };
}

/** In this process, since a portal sweeps in the background: nobody waits for it. */
async function measureSweep(open: () => Promise<Store>): Promise<number> {
  const opened = await open();
  const quiet = (): void => undefined;
  const failed = (error: unknown): never => {
    throw error;
  };
  const clock = createSystemClock(await opened.newestInstant());
  const sessions = new Sessions({
    store: opened,
    clock,
    hearing: ALONE,
    started: quiet,
    ended: quiet,
    cut: quiet,
    failed,
  });
  await sessions.load();
  const sweeps: number[] = [];
  for (let times = 0; times < 10; times++) sweeps.push(await timed(() => sessions.sweep(KEEP_ENDED_MS)));
  await sessions.stop();
  await opened.close();
  return median(sweeps);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
