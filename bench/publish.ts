import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCHMARKS } from './benchmarks.ts';
import { drawBars } from './support/bar-chart.ts';
import { PLOTS, chartOf } from './support/plots.ts';
import { renderMarkdown } from './support/render-markdown.ts';
import type { Report } from './support/report.ts';

/**
 * Takes what was measured last over into docs/performance: the JSON, the plots, and a page of all tables and figures.
 * Quick runs are refused. Usage: node bench/publish.ts
 */
const RESULTS = join(import.meta.dirname, 'results');
const DOCS = join(import.meta.dirname, '..', 'docs', 'performance');
mkdirSync(DOCS, { recursive: true });

const reports = BENCHMARKS.flatMap(({ name }) => {
  const file = join(RESULTS, `${name}.json`);
  const kept = join(DOCS, `${name}.json`);
  const from = existsSync(file) ? file : kept;
  if (!existsSync(from)) return [];
  const report = JSON.parse(readFileSync(from, 'utf8')) as Report;
  if (report.quick || report.error !== undefined)
    throw new Error(`${name} was measured quickly, or broke off: run it again`);
  writeFileSync(kept, `${JSON.stringify(report, null, 2)}\n`);
  return [report];
});
const plots = PLOTS.flatMap((plot) => {
  const report = reports.find(({ benchmark }) => benchmark === plot.benchmark);
  const chart = report === undefined ? null : chartOf(plot, report);
  if (chart === null) return [];
  writeFileSync(join(DOCS, `${plot.name}.svg`), drawBars(chart));
  return [plot];
});
writeFileSync(join(DOCS, 'results.md'), renderMarkdown(reports, plots));
