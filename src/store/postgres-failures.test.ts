import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ask, createDatabase, dropDatabase } from '../../test/support/postgres.ts';
import { portal, record, userOf } from './contract/given.contract.ts';
import { openPostgresStore } from './postgres.ts';
import { createPostgresPool } from './postgres-pool.ts';
import type { Store } from './store.ts';

const REFUSED = { code: 'unavailable', retryAfterMs: 2000 };
const server = inject('postgresUrl');
let url: string;
let store: Store;
const failures: Error[] = [];
beforeAll(async () => {
  url = await createDatabase(server);
  store = await openPostgresStore({ url, poolSize: 2, failed: (error) => failures.push(error) });
  await store.insertUser(userOf('ada', { role: 'Administrator' }), 'hash', record('user.created'));
});
afterAll(async () => {
  await store.close();
  await dropDatabase(url);
});

const cutConnections = () =>
  ask(
    server,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}'`,
  );

describe('a database that cannot be asked', () => {
  it('refuses once all connections are taken for longer than two seconds', async () => {
    const hold = ask(url, 'begin; lock table users; select pg_sleep(4); commit');
    await expect
      .poll(() =>
        ask(server, "select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation is not null and granted"),
      )
      .not.toHaveLength(0);
    const taken = [store.findAccount('ada'), store.findAccount('ada')];
    const startedAt = performance.now();
    await expect(store.findAccount('ada')).rejects.toMatchObject(REFUSED);
    expect(performance.now() - startedAt).toBeLessThan(3500);
    await hold;
    expect((await Promise.all(taken)).map((account) => account?.user.id)).toEqual(['u-ada', 'u-ada']);
    expect(failures.map(({ message }) => message).join()).toContain('timeout');
  });

  it('survives connections that were cut, idle or at work', async () => {
    await store.ping();
    await cutConnections();
    await expect
      .poll(() =>
        store.ping().then(
          () => 'answers',
          () => 'refuses',
        ),
      )
      .toBe('answers');
    const hold = ask(url, 'begin; lock table users; select pg_sleep(60)').catch(() => 'cut');
    await expect
      .poll(() =>
        ask(server, "select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation is not null and granted"),
      )
      .not.toHaveLength(0);
    const waiting = store.updateUser('u-ada', {}, record('user.changed')).catch((error: unknown) => error);
    await expect.poll(() => ask(server, 'select 1 from pg_locks where not granted')).not.toHaveLength(0);
    await cutConnections();
    expect(await waiting).toMatchObject(REFUSED);
    expect(await hold).toBe('cut');
    expect((await store.findAccount('ada'))?.user.id).toBe('u-ada');
  });

  it('gives up on a statement that takes too long, and uses the connection again', async () => {
    const pool = createPostgresPool({ url, poolSize: 1, statementMs: 100 });
    const client = await pool.connect();
    await expect(client.query('select pg_sleep(5)', [])).rejects.toMatchObject(REFUSED);
    client.release();
    const again = await pool.connect();
    expect((await again.query<{ one: number }>('select 1 as one', [])).rows).toEqual([{ one: 1 }]);
    again.release();
    await pool.end();
  });

  it('refuses within two seconds where nobody answers at all', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const startedAt = performance.now();
    await expect(openPostgresStore({ url: `postgres://curfew:secret@127.0.0.1:${port}/x` })).rejects.toMatchObject(
      REFUSED,
    );
    expect(performance.now() - startedAt).toBeLessThan(3500);
    silent.close();
  });
});

it('refuses text that PostgreSQL cannot hold', async () => {
  const noted = store.appendAudit(record('config.set', { sentence: 'a\0b' }));
  await expect(noted).rejects.toMatchObject({ code: 'invalid-request' });
});

it('keeps the record of what happened, also from TRUNCATE', async () => {
  for (const attempt of ["update audit set sentence = ''", 'delete from audit', 'truncate audit'])
    await expect(ask(url, attempt)).rejects.toThrow('append-only');
});

it('reads instants as numbers, and leaves other users of the client alone', async () => {
  await store.insertSession(portal('p1', { startedAt: 1_900_000_000_000 }), null, record('session.started'));
  expect((await store.findSession('p1'))?.session.startedAt).toBe(1_900_000_000_000);
  expect(await ask(url, 'select 1::int8 as one')).toEqual([{ one: '1' }]);
});

it('forgets 50,000 counted failures of 100,000 in time, however little memory the server gives a query', async () => {
  const small = await createDatabase(server);
  await ask(server, `alter database ${new URL(small).pathname.slice(1)} set work_mem = '64kB'`);
  const crowded = await openPostgresStore({ url: small });
  await ask(small, 'insert into attempts select n, 1, n, 0 from generate_series(1, 100000) n');
  await crowded.forgetFailures({ before: 0, beyond: 50_000 });
  expect(await ask(small, 'select count(*)::int4, min(last_at)::int4 from attempts')).toEqual([
    { count: 50_000, min: 50_001 },
  ]);
  await crowded.close();
  await dropDatabase(small);
}, 30_000);
