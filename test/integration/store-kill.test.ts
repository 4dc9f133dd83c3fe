import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';

const ROUNDS = 12;
const WRITER = join(import.meta.dirname, '..', 'support', 'store-writer.ts');
const folder = mkdtempSync(join(tmpdir(), 'curfew-kill-'));
const file = join(folder, 'curfew.sqlite');
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets a process write and kills it in the midst of it. @returns what it had acknowledged */
async function writeAndKill(round: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, file, `r${round}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  await once(writer.stdout, 'data');
  await delay(20 + Math.random() * 200);
  writer.kill('SIGKILL');
  await once(writer, 'close');
  // A last line that was cut off in the pipe was no acknowledgement yet.
  return output.split('\n').slice(0, -1);
}

it(`loses nothing that was acknowledged, killed with -9 ${ROUNDS} times under load`, async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await writeAndKill(round)));
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 10);

  const store = await openSqliteStore(file);
  const settings = new Set((await store.listSettings()).map(({ key }) => key));
  const isThere = async (line: string): Promise<boolean> => {
    const [what, id = ''] = line.split(' ');
    if (what === 'set') return settings.has(id);
    const found = await store.findToken(id);
    return found !== null && (what === 'started' || found.holder.session.end?.reason === 'revoked');
  };
  const lost: string[] = [];
  for (const line of acknowledged) if (!(await isThere(line))) lost.push(line);
  expect(lost).toEqual([]);
  await store.close();
});
