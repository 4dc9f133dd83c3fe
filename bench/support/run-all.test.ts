import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Benchmark } from './benchmark.ts';
import { exitCodeOf } from './report.ts';
import type { Figure } from './report.ts';
import { runAll } from './run-all.ts';

const results = mkdtempSync(join(tmpdir(), 'curfew-bench-test-'));
afterEach(() => rmSync(results, { recursive: true, force: true }));

const measuring = (name: string, ...figures: Figure[]): Benchmark => ({
  name,
  title: name,
  run: () => Promise.resolve({ figures, tables: [{ title: 'rows', columns: ['what', 'how much'], rows: [['a', 1]] }] }),
});
const broken: Benchmark = { name: 'broken', title: 'broken', run: () => Promise.reject(new Error('no nginx here')) };
const kept: Figure = { name: 'CPU', value: 60, unit: 'µs', bound: { atMost: 60 } };
const missed: Figure = { name: 'ratio', value: 2.4, unit: '×', bound: { atLeast: 2.5 } };
const unbound: Figure = { name: 'beside it', value: 1e9, unit: 'µs' };

async function run(...benchmarks: Benchmark[]) {
  const printed: string[] = [];
  const options = { quick: true, kubeconfig: null, profile: null };
  const reports = await runAll(benchmarks, options, { results, print: (text) => void printed.push(text) });
  return { exitCode: exitCodeOf(reports), text: printed.join('\n') };
}

describe('running the benchmarks', () => {
  it('exits with 0 when every bound is kept, and writes what was measured', async () => {
    const { exitCode, text } = await run(measuring('good', kept, unbound));
    expect(exitCode).toBe(0);
    expect(text).toMatch(/CPU +60 +µs +≤ 60 +pass/);
    expect(JSON.parse(readFileSync(join(results, 'good.json'), 'utf8'))).toMatchObject({
      benchmark: 'good',
      quick: true,
      machine: { node: process.version },
      figures: [kept, unbound],
    });
  });

  it('exits with 1 when one bound of one benchmark is missed, and says which', async () => {
    const { exitCode, text } = await run(measuring('bad', kept, missed), measuring('good', kept));
    expect(exitCode).toBe(1);
    expect(text).toMatch(/ratio +2\.4 +× +≥ 2\.5 +MISSED/);
  });

  it('counts what is not a number as missed', async () => {
    expect((await run(measuring('nothing', { ...kept, value: Number.NaN }))).exitCode).toBe(1);
  });

  it('exits with 1 when a benchmark breaks off, and still runs the others', async () => {
    const { exitCode, text } = await run(broken, measuring('good', kept));
    expect(exitCode).toBe(1);
    expect(text).toContain('no nginx here');
    expect(text).toMatch(/good.*\n.*/);
    expect(text).toMatch(/CPU +60/);
  });

  it('leaves out what needs a real cluster where there is none, and says so', async () => {
    const { exitCode, text } = await run({ ...broken, needsKubeconfig: true }, measuring('good', kept));
    expect(exitCode).toBe(0);
    expect(text).toContain('broken: left out; give it a real cluster with --kubeconfig FILE.');
  });

  it('exits with 1 when nothing was measured', async () => {
    expect((await run()).exitCode).toBe(1);
    expect((await run(measuring('empty'))).exitCode).toBe(1);
  });
});
