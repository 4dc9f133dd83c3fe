import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from '../../src/core/user.ts';
import { PasswordHasher } from '../../src/identity/password.ts';
import type { TokenPurpose } from '../../src/sessions/ports.ts';
import { hashToken, newId, newToken } from '../../src/sessions/token.ts';
import { openSqliteFile } from '../../src/store/node-sqlite.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

export const PASSWORD = 'correct horse battery staple';
/** The gateway lets one user have a thousand streams, and these benchmarks open ten thousand. */
const USERS = 100;

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

/** Portal sessions that began at an instant, in turn for each of the users. */
export function portalSessions(count: number, startedAt: number, endedAt: number | null = null): SeededSession[] {
  return Array.from({ length: count }, (_, index) => ({
    id: newId('ps'),
    kind: 'portal',
    userId: SEED_USERS[index % USERS]?.id ?? '',
    parentId: null,
    clusterId: null,
    startedAt,
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

/** Makes a data folder with users and sessions in it, as a portal would have left it. */
export async function seedDataFolder(folder: string, sessions: readonly SeededSession[]): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'curfew.sqlite');
  const store = await openSqliteStore(file);
  await insertUsers(store);
  await store.close();
  const database = openSqliteFile(file);
  database.exec('PRAGMA synchronous = OFF; BEGIN');
  const session = database.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)');
  const token = database.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?)');
  for (const each of sessions) {
    const { id, kind, userId, parentId, clusterId, startedAt, lastActivityAt, endedAt } = each;
    const reason = endedAt === null ? null : 'max-duration';
    session.run(id, kind, userId, parentId, clusterId, startedAt, lastActivityAt, endedAt, reason);
    token.run(hashToken(each.token), id, each.purpose, clusterId);
  }
  database.exec('COMMIT');
  database.close();
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
