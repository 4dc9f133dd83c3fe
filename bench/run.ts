import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks.ts';
import { exitCodeOf } from './support/report.ts';
import { disposeScratches } from './support/scratch.ts';
import { runAll } from './support/run-all.ts';

/**
 * `npm run bench`: every benchmark in turn, or those that are named: `npm run bench -- session-check --quick`.
 * Exits with 1 where a bound of the design was missed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    profile: { type: 'string' },
    results: { type: 'string', default: join(import.meta.dirname, 'results') },
  },
});
const unknown = positionals.filter((name) => !BENCHMARKS.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There are: ${BENCHMARKS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void disposeScratches().finally(() => process.exit(130)));
}
const options = { quick: values.quick, kubeconfig: values.kubeconfig ?? null, profile: values.profile ?? null };
const reports = await runAll(chosen, options, { results: values.results, print: (text) => console.log(text) });
const exitCode = exitCodeOf(reports);
console.log(exitCode === 0 ? '\nEvery bound is kept.' : '\nA bound was missed, or a benchmark broke off; see above.');
process.exit(exitCode);
