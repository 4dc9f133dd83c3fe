import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
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
import { endedSessions, liveSessions, portalSessions, seedDataFolder, seedPostgres } from './support/seed.ts';
import type { SeededSession } from './support/seed.ts';
import { median, round } from './support/statistics.ts';

const FEW = 1000;
/** For so long nobody else has a turn while a sweep goes on, at most. */
const MOST_HELD_MS = 50;
const KEEP_ENDED_MS = 30 * 24 * 3600_000;
const KEYS = ['startMs', 'signInMs', 'checkMs', 'sweepMs', 'heldMs'] as const;
/** These are to be much the same however many sessions there are. */
const COMPARED = ['startMs', 'signInMs', 'checkMs', 'sweepMs'] as const;
const LABELS = {
  startMs: 'start-up',
  signInMs: 'sign-in',
  checkMs: 'first check of a session',
  sweepMs: 'sweep',
  heldMs: 'event loop held by sweeps',
} as const;
type Took = Readonly<Record<(typeof KEYS)[number], number>>;

/** Where the rows are. */
interface Place {
  readonly name: string;
  readonly dataDir: string;
  readonly database?: string;
  open(): Promise<Store>;
}

/** How many sessions there are besides the few live ones, and whether those live or have ended. */
interface Population {
  readonly count: number;
  readonly others: 'ended' | 'live';
}

/** What everyday work costs with a million sessions in the store: ended ones, and live ones. */
export const store: Benchmark = {
  name: 'store',
  title: 'a million session rows',
  async run(options, scratch) {
    const many = options.quick ? 50_000 : 1_000_000;
    const populations = [
      { count: FEW, others: 'ended' },
      { count: many, others: 'ended' },
      { count: many, others: 'live' },
    ] as const;
    const postgres = await startPostgres();
    scratch.defer(() => postgres.remove());
    const figures: Figure[] = [];
    const rows: (string | number)[][] = [];
    for (const kind of ['SQLite', 'PostgreSQL']) {
      const took: Took[] = [];
      for (const population of populations) {
        const few = portalSessions(FEW, Date.now());
        const place = await seed(scratch, { kind, population, few, serverUrl: postgres.url });
        const each = await measure(scratch, options, place, few);
        took.push(each);
        const live = population.others === 'live' ? population.count : FEW;
        rows.push([kind, population.count, live, ...KEYS.map((key) => round(each[key], 2))]);
      }
      figures.push(...figuresOf(kind, many, took));
    }
    const columns = ['store', 'rows', 'of them live', ...KEYS.map((key) => `${LABELS[key]} ms`)];
    return {
      figures,
      tables: [{ title: 'medians, and the longest that the event loop was held', columns, rows }],
      notes: ['A sweep walks along every live session, in turns: with a million of them it takes seconds.'],
    };
  },
};

function figuresOf(kind: string, many: number, [few, ended, live]: readonly Took[]): Figure[] {
  const compared = COMPARED.map((key) => ({
    name: `${kind}: ${LABELS[key]}, ${many} rows against ${FEW}`,
    value: (ended?.[key] ?? Number.NaN) / (few?.[key] ?? Number.NaN),
    unit: '×',
    bound: { atMost: 2 },
  }));
  const held = {
    name: `${kind}: ${LABELS.heldMs}, ${many} live sessions`,
    value: live?.heldMs ?? Number.NaN,
    unit: 'ms',
    bound: { atMost: MOST_HELD_MS },
  };
  return [...compared, held];
}

async function seed(
  scratch: Scratch,
  given: { kind: string; population: Population; few: readonly SeededSession[]; serverUrl: string },
): Promise<Place> {
  const { kind, population, few, serverUrl } = given;
  const name = `${kind}-${population.count}-${population.others}`;
  const dataDir = join(scratch.folder, name);
  const rows = (function* () {
    yield* few;
    yield* { ended: endedSessions, live: liveSessions }[population.others](population.count - FEW);
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
  return {
    startMs: median(starts),
    signInMs: median(signIns),
    checkMs: median(checks),
    ...(await measureSweeps(open)),
  };
}

/** In this process, since a portal sweeps in the background: nobody waits for it. */
async function measureSweeps(open: () => Promise<Store>): Promise<Pick<Took, 'sweepMs' | 'heldMs'>> {
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
  const held = monitorEventLoopDelay({ resolution: 1 });
  held.enable();
  for (let times = 0; times < 10; times++) sweeps.push(await timed(() => sessions.sweep(KEEP_ENDED_MS)));
  held.disable();
  await sessions.stop();
  await opened.close();
  return { sweepMs: median(sweeps), heldMs: held.max / 1e6 };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
