import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './support/benchmark.ts';
import { kubernetesSessions, portalSessions, seedDataFolder } from './support/seed.ts';
import type { SeededSession } from './support/seed.ts';
import { round } from './support/statistics.ts';

export interface HeldMemory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** What a live session takes in the memory of a replica that knows it, with its token and its place in the queue. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'memory of a live session without a stream',
  async run({ quick }, scratch) {
    const count = quick ? 10_000 : 100_000;
    const parents = portalSessions(count, Date.now());
    const children = kubernetesSessions(parents, 'stub', () => Date.now());
    const hold = async (name: string, rows: readonly SeededSession[], tokensOf: readonly SeededSession[]) => {
      const dataDir = join(scratch.folder, name);
      await seedDataFolder(dataDir, rows);
      const tokens = join(scratch.folder, `${name}.json`);
      writeFileSync(tokens, JSON.stringify(tokensOf.map(({ token }) => token)));
      const program = join(import.meta.dirname, 'clients', 'hold-sessions.ts');
      const args = ['--expose-gc', program, join(dataDir, 'curfew.sqlite'), tokens];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as HeldMemory;
    };
    const portal = await hold('portal', parents, parents);
    const both = await hold('both', [...parents, ...children], children);
    const bytes = portal.heapBytes / count;
    const bytesOfBoth = both.heapBytes / count / 2;
    const rows = [
      ['portal session with a cookie', count, Math.round(bytes), round(portal.residentBytes / count, 0)],
      [
        'portal or Kubernetes session, half each',
        2 * count,
        Math.round(bytesOfBoth),
        round(both.residentBytes / count / 2, 0),
      ],
    ];
    const bound = { atMost: 1024 };
    return {
      figures: [
        { name: 'a live portal session', value: bytes, unit: 'bytes', bound },
        { name: 'a live session, portal and Kubernetes mixed', value: bytesOfBoth, unit: 'bytes', bound },
      ],
      tables: [
        { title: 'heap after a full collection', columns: ['what', 'sessions', 'heap bytes', 'resident bytes'], rows },
      ],
    };
  },
};
