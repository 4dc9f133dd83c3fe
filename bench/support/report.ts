import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

/** What a figure must reach (design, section 6). */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** One number of the outcome; without a bound it is there to be read beside the others. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound?: Bound;
}

/** A table of whatever was measured: a heading for each column, then the rows. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Outcome {
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** What a reader has to know besides: what was left out, and why. */
  readonly notes?: readonly string[];
}

export interface Report extends Outcome {
  readonly benchmark: string;
  readonly title: string;
  readonly machine: Machine;
  readonly measuredAt: string;
  /** A short run, to see that everything works; its numbers are rough. */
  readonly quick: boolean;
  /** The benchmark broke off: whatever it says is not an answer. */
  readonly error?: string;
}

/** Whether a figure keeps to its bound; one that is not a number does not. */
export function passes({ value, bound }: Figure): boolean {
  if (bound === undefined) return true;
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** 1 where a bound was missed, a benchmark broke off, or nothing was measured at all. */
export function exitCodeOf(reports: readonly Report[]): 0 | 1 {
  const good = ({ error, figures }: Report): boolean =>
    error === undefined && figures.length > 0 && figures.every(passes);
  return reports.length > 0 && reports.every(good) ? 0 : 1;
}

export function writeReport(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.benchmark}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** A report as text for a terminal: tables first, then each figure with its bound and whether it holds. */
export function renderReport(report: Report): string {
  const { machine, figures, tables, notes = [], error } = report;
  const judged = figures.map((figure) => [
    figure.name,
    number(figure.value),
    figure.unit,
    describeBound(figure.bound),
    figure.bound === undefined ? '' : passes(figure) ? 'pass' : 'MISSED',
  ]);
  return [
    `\n== ${report.benchmark}: ${report.title}${report.quick ? ' (quick: rough numbers)' : ''}`,
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, load before ${machine.loadBefore}`,
    ...tables.flatMap(({ title, columns, rows }) => [`\n${title}`, ...align([columns, ...rows.map(texts)])]),
    ...(judged.length === 0 ? [] : ['', ...align([['figure', 'measured', 'unit', 'bound', ''], ...judged])]),
    ...notes.map((note) => `note: ${note}`),
    ...(error === undefined ? [] : [`BROKE OFF: ${error}`]),
  ].join('\n');
}

export function describeBound(bound: Bound | undefined): string {
  if (bound === undefined) return '';
  return 'atMost' in bound ? `≤ ${number(bound.atMost)}` : `≥ ${number(bound.atLeast)}`;
}

/** Three significant digits, and whole numbers as they are. */
export function number(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function texts(row: readonly (string | number)[]): string[] {
  return row.map((cell) => (typeof cell === 'number' ? number(cell) : cell));
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
