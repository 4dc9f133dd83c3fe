import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { backUp, copyStore, migrateStore, restore } from '../../src/main/store-commands.ts';
import { MIGRATIONS } from '../../src/store/migrate.ts';
import { CurfewHouse } from '../support/curfew-process.ts';
import { ask, createDatabase, dropDatabase } from '../support/postgres.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const server = inject('postgresUrl');
const folder = mkdtempSync(join(tmpdir(), 'curfew-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}.sqlite`);

const CLUSTER_LIMIT = '/api/clusters/nowhere/limits/MaximumK8sSessionDuration';

/** Signs in `ada` and `grace`, sets a limit twice, and ends a session, so that every kind of row is there. */
async function fill(test: TestPortal): Promise<{ ada: TestBrowser; grace: TestBrowser; gone: TestBrowser }> {
  const ada = await test.administrator();
  const grace = await test.user('grace');
  const gone = await test.administrator();
  await gone.send('DELETE', '/api/session');
  for (const value of ['90', '80']) {
    const setting = { type: 'AppConfig', key: 'AuthorizationTokenSessionDuration', value };
    expect(
      (await ada.send('PUT', '/api/system-config/AuthorizationTokenSessionDuration', setting)).status,
    ).toBeLessThan(300);
  }
  for (const value of ['20', '10']) expect((await ada.send('PUT', CLUSTER_LIMIT, { value })).status).toBe(200);
  return { ada, grace, gone };
}

async function auditOf(browser: TestBrowser): Promise<{ id: number; sentence: string }[]> {
  return (await browser.get('/api/audit?limit=100')).body.items as { id: number; sentence: string }[];
}

describe.each(['SQLite', 'PostgreSQL'])('a portal on %s', (kind) => {
  let test: TestPortal;
  let databases: string[];
  const newDatabase = async () => {
    databases.push(await createDatabase(server));
    return databases.at(-1) ?? '';
  };
  beforeEach(async () => {
    databases = [];
    test = await startTestPortal({
      kubeconfig: unreachableKubeconfig(),
      ...(kind === 'PostgreSQL' && { database: await newDatabase() }),
    });
  });
  afterEach(async () => {
    await test.stop();
    await Promise.all(databases.map(dropDatabase));
  });
  const store = () => test.config.database ?? `sqlite:${join(test.config.dataDir, 'curfew.sqlite')}`;

  it('is copied to PostgreSQL without signing anybody out', async () => {
    const { ada, grace, gone } = await fill(test);
    const before = await auditOf(ada);
    const target = await newDatabase();
    expect((await copyStore(store(), target)).join('\n')).toMatch(/users: 2\nsessions: \d+\n[^]*Nobody is signed out/);
    await test.restart(target);
    expect(await grace.at(test.url).get('/api/session')).toMatchObject({
      status: 200,
      body: { user: { username: 'grace' } },
    });
    expect((await gone.at(test.url).get('/api/session')).status).toBe(401);
    const again = ada.at(test.url);
    expect(await auditOf(again)).toEqual(before);
    const limits = await again.get('/api/clusters/nowhere/limits');
    expect(limits.body.items[0]).toMatchObject({ value: 10, setBy: 'ada', holds: { scope: { kind: 'cluster' } } });
    // What is written next comes after what was copied.
    await again.send('PUT', '/api/system-config/x', { type: 'Flags', key: 'x', value: '1' });
    expect((await auditOf(again)).map(({ id }) => id).slice(0, 2)).toEqual([(before[0]?.id ?? 0) + 1, before[0]?.id]);
    expect((await again.send('PUT', CLUSTER_LIMIT, { value: '5' })).status).toBe(200);
    await expect(copyStore(store(), target)).rejects.toThrow('not empty');
  });

  it('is backed up while it runs, and restored with every session ended', async () => {
    const { ada, grace } = await fill(test);
    const before = await auditOf(ada);
    const file = newFile();
    const said = (await backUp(test.config, file)).join('\n');
    expect(said).toContain('secret.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}-wal`)).toBe(false);
    await expect(backUp(test.config, file)).rejects.toThrow('exists already');

    const target = await newDatabase();
    const config = { ...test.config, database: target };
    expect((await restore(config, file, { keepSessions: false })).join('\n')).toContain('signs in again');
    await expect(restore(config, file, { keepSessions: false })).rejects.toThrow('not empty');
    await test.restart(target);
    expect(await grace.at(test.url).get('/api/session')).toMatchObject({ status: 401, body: { endReason: 'revoked' } });
    const after = await auditOf(await test.administrator());
    expect(after.filter(({ sentence }) => sentence.includes('restored from a backup'))).toHaveLength(3);
    expect(after.slice(-before.length)).toEqual(before);
    expect(await ask(target, 'select count(*)::int as live from sessions where ended_at is null')).toEqual([
      { live: 1 },
    ]);
  });

  it('is restored with its sessions where that is asked for, also into SQLite', async () => {
    const { grace } = await fill(test);
    const file = newFile();
    await backUp(test.config, file);
    const target = { ...test.config, database: null, dataDir: join(folder, `data${files++}`) };
    expect((await restore(target, file, { keepSessions: true })).join('\n')).toContain('Sessions live on');
    const back = await newDatabase();
    await copyStore(`sqlite:${join(target.dataDir, 'curfew.sqlite')}`, back);
    await test.restart(back);
    expect((await grace.at(test.url).get('/api/session')).status).toBe(200);
  });
});

describe('the commands', () => {
  it('migrate, and tell what they did; secrets are not shown', async () => {
    const database = await createDatabase(server);
    const url = database.replace('curfew@', 'curfew:hunter2@');
    const house = new CurfewHouse();
    const first = await house.run('migrate', '--database', url);
    expect(first).toMatchObject({ exit: 0, stderr: '' });
    expect(first.stdout).toBe(
      `${MIGRATIONS.map(({ name }) => `${name}: done\n`).join('')}${database} is up to date now.\n`,
    );
    expect((await house.run('migrate', '--database', url)).stdout).toBe(`${database} is up to date.\n`);
    await ask(
      database,
      "insert into kysely_migration values ('9999-later', ''); update compatibility set oldest_program = 9999",
    );
    expect(await house.run('migrate', '--database', url)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('newer than this program') as string,
    });
    await dropDatabase(database);
  });

  it('say which database does not answer, without its password', async () => {
    const house = new CurfewHouse();
    const ended = await house.run('serve', '--database', 'postgres://curfew:hunter2@127.0.0.1:1/x');
    expect(ended).toMatchObject({ exit: 2, stdout: '' });
    expect(ended.stderr).toContain(
      'The database postgres://curfew@127.0.0.1:1/x does not answer: connect ECONNREFUSED',
    );
    expect(ended.stderr).not.toContain('hunter2');
  });

  it('refuse what is no backup and no store, and leave it alone', async () => {
    const config = { database: await createDatabase(server), dataDir: folder, secretKeyFile: 'k' } as Parameters<
      typeof restore
    >[0];
    const text = newFile();
    writeFileSync(text, 'no database at all, but some text that is long enough to be looked at');
    await expect(restore(config, text, { keepSessions: false })).rejects.toThrow('no backup of Curfew');
    await expect(restore(config, newFile(), { keepSessions: false })).rejects.toThrow('no file');
    const other = newFile();
    const database = new DatabaseSync(other);
    database.exec('create table x (y)');
    database.close();
    await expect(restore(config, other, { keepSessions: false })).rejects.toThrow('no backup of Curfew');
    await expect(copyStore(`sqlite:${newFile()}`, config.database ?? '')).rejects.toThrow('no database at');
    await expect(copyStore(`sqlite:${other}`, config.database ?? '')).rejects.toThrow('no database of Curfew');
    await expect(copyStore('mysql://x', 'y')).rejects.toThrow('sqlite:PATH');
    await dropDatabase(config.database ?? '');
  });

  it('keep away from a data folder in which a portal runs', async () => {
    const house = new CurfewHouse();
    const portal = await house.serve();
    expect(await house.run('migrate')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('runs already') as string,
    });
    const file = newFile();
    expect(await house.run('backup', file)).toMatchObject({ exit: 0 });
    expect(existsSync(file)).toBe(true);
    portal.signal('SIGTERM');
    expect(await portal.ended).toMatchObject({ exit: 0 });
    await migrateStore({ ...({ database: null, dataDir: house.dataDir } as Parameters<typeof migrateStore>[0]) });
  });
});
