import { describeMinutes, scopeRemark } from '../core/explain.ts';
import type { EndsBy } from '../wire/session.ts';

const SECOND_MS = 1000;
const MINUTE_S = 60;

/** How much time is left, for people: `3 h 20 min`, `58 min`, `75 s`. */
export function describeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND_MS));
  if (seconds < 2 * MINUTE_S) return `${seconds} s`;
  const minutes = Math.floor(seconds / MINUTE_S);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The same in a few characters, for a shell prompt: `3h20m`, `58m`, `75s`. */
export function describeLeftBriefly(ms: number): string {
  return describeLeft(ms)
    .replaceAll(' min', 'm')
    .replaceAll(/ ([hs])/g, '$1')
    .replaceAll(' ', '');
}

/** An instant in the time of this machine: `2026-11-24 17:30:00`. */
export function describeInstant(at: string): string {
  return new Date(at).toLocaleString('sv');
}

/** When a live session ends and why: `ends in 58 min (at …): Maximum K8s Session Duration is 60 minutes`. */
export function describeEndOf(session: { endsAt: string | null; endsBy: EndsBy | null }, now: number): string {
  const { endsAt, endsBy } = session;
  if (endsAt === null) return 'has no end';
  const limit =
    endsBy === null || endsBy.label === null || endsBy.value === null
      ? ''
      : `: ${endsBy.label} is ${describeMinutes(endsBy.value)}${endsBy.scope === null ? '' : scopeRemark(endsBy.scope)}`;
  return `ends in ${describeLeft(Date.parse(endsAt) - now)} (${describeInstant(endsAt)})${limit}`;
}

/** Rows as a table for a terminal, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  return padded.map((line) => line.join('   ').trimEnd()).join('\n');
}
