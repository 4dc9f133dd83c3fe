import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { User } from '../../src/core/user.ts';
import { PasswordHasher } from '../../src/identity/password.ts';
import type { TokenPurpose } from '../../src/sessions/ports.ts';
import { hashToken, newId, newToken } from '../../src/sessions/token.ts';
import { openSqliteFile } from '../../src/store/node-sqlite.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

export const PASSWORD = 'correct horse battery staple';
/** One user may have a thousand streams and a thousand live sessions; these benchmarks have a hundred thousand. */
const USERS = 200;
const DAY_MS = 24 * 3600_000;

/** A session as it is written into a database, with one token. */
export interface SeededSession {
  readonly id: string;
  readonly kind: 'portal' | 'kubernetes';
  readonly userId: string;
  readonly parentId: string | null;
  readonly clusterId: string | null;
  readonly startedAt: number;
  readonly lastActivityAt: number;
  readonly endedAt: number | null;
  readonly purpose: TokenPurpose;
  readonly token: string;
}

/** Administrators, who reach every cluster: `bench-0` and so on. */
export const SEED_USERS: readonly User[] = Array.from({ length: USERS }, (_, index) => ({
  id: `u_bench_${index}`,
  username: `bench-${index}`,
  role: 'Administrator',
  readOnly: false,
  disabledAt: null,
  createdAt: 0,
}));

/** Portal sessions that began at an instant, in turn for each of the users, each a sign-in of its own: a millisecond apart. */
export function portalSessions(count: number, startedAt: number, endedAt: number | null = null): SeededSession[] {
  return Array.from({ length: count }, (_, index) => ({
    id: newId('ps'),
    kind: 'portal',
    userId: SEED_USERS[index % USERS]?.id ?? '',
    parentId: null,
    clusterId: null,
    startedAt: startedAt - Math.floor(index / USERS),
    lastActivityAt: endedAt ?? startedAt,
    endedAt,
    purpose: 'cookie',
    token: newToken(),
  }));
}

/** A Kubernetes session under each of some portal sessions, with a token of its own. */
export function kubernetesSessions(
  parents: readonly SeededSession[],
  clusterId: string,
  startOf: (index: number) => number,
): SeededSession[] {
  return parents.map(({ id, userId }, index) => ({
    id: newId('ks'),
    kind: 'kubernetes',
    userId,
    parentId: id,
    clusterId,
    startedAt: startOf(index),
    lastActivityAt: Date.now(),
    endedAt: null,
    purpose: 'kubernetes',
    token: newToken(),
  }));
}

/** A user may have a thousand live portal sessions, and has one Kubernetes session under each for a cluster. */
const CLUSTERS = 20;

/** Live sessions of all users in turn, most of them at clusters; made some at a time, since there may be a million. */
export function* liveSessions(count: number): Generator<SeededSession> {
  let left = count;
  while (left > 0) {
    const portals = portalSessions(Math.min(USERS, left), Date.now());
    yield* portals;
    left -= portals.length;
    for (let cluster = 0; cluster < CLUSTERS && left > 0; cluster++) {
      const parents = portals.slice(0, left);
      yield* kubernetesSessions(parents, `bench-${cluster}`, () => Date.now());
      left -= parents.length;
    }
  }
}

/** Sessions that ended within the last four weeks, in no order; made one by one, since there may be a million. */
export function* endedSessions(count: number): Generator<SeededSession> {
  for (let index = 0; index < count; index++) {
    const endedAt = Date.now() - Math.floor(Math.random() * 28 * DAY_MS) - DAY_MS;
    yield* portalSessions(1, endedAt - 8 * 3600_000, endedAt);
  }
}

const COLUMNS = ['id', 'kind', 'user_id', 'parent_id', 'cluster_id', 'started_at', 'last_activity_at', 'ended_at'];

function valuesOf(session: SeededSession): (string | number | null)[] {
  const { id, kind, userId, parentId, clusterId, startedAt, lastActivityAt, endedAt } = session;
  return [id, kind, userId, parentId, clusterId, startedAt, lastActivityAt, endedAt];
}

/** Makes a data folder with users and sessions in it, as a portal would have left it. */
export async function seedDataFolder(folder: string, sessions: Iterable<SeededSession>): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'curfew.sqlite');
  const store = await openSqliteStore(file);
  await insertUsers(store);
  await store.close();
  const database = openSqliteFile(file);
  database.exec('PRAGMA synchronous = OFF; BEGIN');
  const reason = `CASE WHEN ?8 IS NULL THEN NULL ELSE 'max-duration' END`;
  const session = database.prepare(
    `INSERT INTO sessions (${COLUMNS.join(', ')}, end_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ${reason})`,
  );
  const token = database.prepare('INSERT INTO tokens (hash, session_id, purpose, cluster_id) VALUES (?, ?, ?, ?)');
  for (const each of sessions) {
    session.run(...valuesOf(each));
    token.run(hashToken(each.token), each.id, each.purpose, each.clusterId);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); ANALYZE');
  database.close();
}

const ROWS_AT_ONCE = 5000;

/** The same in an empty database of PostgreSQL. */
export async function seedPostgres(url: string, sessions: Iterable<SeededSession>): Promise<void> {
  const store = await openPostgresStore({ url });
  await insertUsers(store);
  await store.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET synchronous_commit = off');
  let rows: SeededSession[] = [];
  const flush = async (): Promise<void> => {
    const columns = COLUMNS.map((_, column) => rows.map((row) => valuesOf(row)[column]));
    await client.query(
      `INSERT INTO sessions (${COLUMNS.join(', ')}, end_reason)
      SELECT *, CASE WHEN r.ended_at IS NULL THEN NULL ELSE 'max-duration' END
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
      AS r(${COLUMNS.join(', ')})`,
      columns,
    );
    const tokens = rows.map((row) => [hashToken(row.token), row.id, row.purpose, row.clusterId]);
    await client.query(
      `INSERT INTO tokens (hash, session_id, purpose, cluster_id)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
      [0, 1, 2, 3].map((column) => tokens.map((row) => row[column])),
    );
    rows = [];
  };
  for (const each of sessions) if (rows.push(each) === ROWS_AT_ONCE) await flush();
  if (rows.length > 0) await flush();
  await client.query('VACUUM ANALYZE');
  await client.end();
}

export async function insertUsers(store: Store): Promise<void> {
  const passwordHash = await new PasswordHasher().hash(PASSWORD);
  for (const user of SEED_USERS) {
    await store.insertUser(user, passwordHash, {
      at: user.createdAt,
      event: 'user.created',
      actor: null,
      subject: user.id,
      address: null,
      sentence: `${user.username} was created for a benchmark.`,
    });
  }
}
