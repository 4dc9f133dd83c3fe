import { readFileSync } from 'node:fs';
import { ALONE } from '../../src/sessions/ports.ts';
import { Sessions } from '../../src/sessions/sessions.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import type { HeldMemory } from '../memory.ts';

// Takes sessions into memory as a portal does, and says what they take. Usage: node --expose-gc hold-sessions.ts DATABASE TOKENS
const [database = '', tokensFile = ''] = process.argv.slice(2);
const store = await openSqliteStore(database);
const quiet = (): void => undefined;
const failed = (error: unknown): never => {
  throw error;
};
const clock = createSystemClock(await store.newestInstant());
const sessions = new Sessions({ store, clock, hearing: ALONE, started: quiet, ended: quiet, cut: quiet, failed });
await sessions.load();
const tokens = JSON.parse(readFileSync(tokensFile, 'utf8')) as string[];
for (const token of tokens.slice(0, 100)) await sessions.authenticate(token);

const before = measure();
for (const token of tokens) {
  const { live } = await sessions.authenticate(token);
  if (!live) throw new Error('a session is not live');
}
const after = measure();
const held: HeldMemory = {
  heapBytes: after.heapBytes - before.heapBytes,
  residentBytes: after.residentBytes - before.residentBytes,
};
console.log(JSON.stringify(held));
await sessions.stop();
await store.close();

function measure(): HeldMemory {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss };
}
