import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { choosePort } from '../../src/system/free-port.ts';

/** A PostgreSQL in a scratch folder, on a free port of loopback. */
export interface TestPostgres {
  /** Of the superuser `curfew`, at the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  readonly port: number;
  /** A signal of pg_ctl: `immediate` is as if the machine had lost its power. */
  stop(mode?: 'fast' | 'immediate'): void;
  /** kill -9, of every process of it. */
  kill(): void;
  /** Starts it again on the same port and data. */
  start(): void;
  /** Stops it and removes its folder. */
  remove(): void;
}

const DEBIAN_BINARIES = '/usr/lib/postgresql';

/**
 * Starts one. PostgreSQL refuses to run as root, so root runs it as `nobody`.
 *
 * @param settings of postgresql.conf; `fsync=off` where nothing is about what survives
 * @param parent where its folder is made
 * @throws when this machine has no PostgreSQL 15 or later
 */
export async function startPostgres(settings: readonly string[] = [], parent = tmpdir()): Promise<TestPostgres> {
  const bin = findBinaries();
  const folder = mkdtempSync(join(parent, 'curfew-postgres-'));
  const asOther = userInfo().uid === 0;
  if (asOther) chownSync(folder, 65_534, 65_534);
  const run = (command: string, ...args: string[]): void => {
    const [file = '', ...rest] = [
      ...(asOther ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []),
      join(bin, command),
      ...args,
    ];
    execFileSync(file, rest, { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }, stdio: 'pipe' });
  };
  const data = join(folder, 'data');
  const port = await choosePort(0, '127.0.0.1');
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, ...settings];
  const start = (): void =>
    run(
      'pg_ctl',
      '--pgdata',
      data,
      '--log',
      join(folder, 'log'),
      '--wait',
      '-o',
      options.map((o) => `-c ${o}`).join(' '),
      'start',
    );
  run('initdb', '--pgdata', data, '--username=curfew', '--auth=trust', '--encoding=UTF8', '--no-sync');
  start();
  const pid = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const stop = (mode = 'fast'): void => {
    // The file is left behind by one that was killed.
    if (existsSync(join(data, 'postmaster.pid')) && existsSync(`/proc/${pid()}`))
      run('pg_ctl', '--pgdata', data, '--wait', '--mode', mode, 'stop');
  };
  return {
    url: `postgres://curfew@127.0.0.1:${port}/postgres`,
    get pid() {
      return pid();
    },
    folder,
    port,
    start,
    stop,
    kill() {
      const postmaster = pid();
      // Itself first: it would start its children again.
      for (const each of [postmaster, ...childrenOf(postmaster)]) process.kill(each, 'SIGKILL');
      // In a container whose first process reaps nothing they stay as zombies, and pg_ctl would take them for running.
      for (const lock of [join(data, 'postmaster.pid'), join(folder, `.s.PGSQL.${port}.lock`)]) rmSync(lock);
    },
    remove() {
      stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .flatMap((each) => Number(each) || []);
}

/** Debian's newest, from 15 on. */
function findBinaries(): string {
  const versions = existsSync(DEBIAN_BINARIES) ? readdirSync(DEBIAN_BINARIES).map(Number) : [];
  const newest = Math.max(
    ...versions.filter((version) => existsSync(join(DEBIAN_BINARIES, `${version}`, 'bin/initdb'))),
  );
  if (newest >= 15) return join(DEBIAN_BINARIES, `${newest}`, 'bin');
  throw new Error('These tests need PostgreSQL 15 or later. On Debian, as root: apt-get install postgresql');
}

let databases = 0;

/** Makes an empty database. @returns its URL */
export async function createDatabase(serverUrl: string, template = 'template0'): Promise<string> {
  const name = `t${process.pid}_${databases++}`;
  await ask(serverUrl, `create database ${name} template ${template}`);
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

export async function dropDatabase(url: string): Promise<void> {
  const server = Object.assign(new URL(url), { pathname: '/postgres' }).href;
  await ask(server, `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
}

/** Asks a database one thing, past the store. */
export async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
