import type { BarChart } from './bar-chart.ts';
import type { Report } from './report.ts';

/** Which column of which table of a benchmark is drawn. */
interface Plot {
  readonly benchmark: string;
  readonly table: number;
  readonly column: string;
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly bound?: number;
}

export const PLOTS: readonly Plot[] = [
  {
    benchmark: 'session-check',
    table: 0,
    column: 'CPU µs',
    name: 'session-check',
    title: 'One session check: CPU',
    unit: 'µs, less is better',
  },
  {
    benchmark: 'gateway',
    table: 0,
    column: 'CPU µs',
    name: 'gateway-small',
    title: 'A read of 1 KB: CPU',
    unit: 'µs, less is better',
    bound: 60,
  },
  {
    benchmark: 'gateway',
    table: 1,
    column: 'CPU µs',
    name: 'gateway-large',
    title: 'A read of 10 MB: CPU',
    unit: 'µs, less is better',
    bound: 15_000,
  },
  {
    benchmark: 'gateway-cluster',
    table: 0,
    column: 'median ms',
    name: 'gateway-cluster',
    title: 'A read from a real API server: median',
    unit: 'ms, less is better',
  },
  {
    benchmark: 'streams',
    table: 0,
    column: 'KiB a watch',
    name: 'idle-watches',
    title: 'Memory of an idle watch',
    unit: 'KiB, less is better',
    bound: 35,
  },
];

/** The chart of a plot; null where its benchmark did not measure that. */
export function chartOf({ table, column, title, unit, bound }: Plot, report: Report): BarChart | null {
  const measured = report.tables[table];
  const at = measured?.columns.indexOf(column) ?? -1;
  const bars = (measured?.rows ?? []).flatMap((row) => {
    const value = row[at];
    return typeof value === 'number' && value > 0 ? [{ label: String(row[0]), value }] : [];
  });
  if (bars.length === 0) return null;
  return { title, unit, bars, ...(bound !== undefined && { bound }) };
}
