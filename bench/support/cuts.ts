import { latenessOf } from './lateness.ts';
import type { Lateness } from './lateness.ts';
import type { Figure } from './report.ts';
import { percentile, round } from './statistics.ts';

export const CUT_COLUMNS = [
  'deadlines',
  'server: at most 2 ms late',
  'server: p50 ≤ ms',
  'server: p99 ≤ ms',
  'client: p50 ms',
  'client: p99 ms',
  'client: last ms',
];

/**
 * What the design asks of cuts (section 6), and a row for `CUT_COLUMNS`.
 *
 * @param late by how many milliseconds each stream was gone for its client after its deadline
 */
export function outcomeOfCuts(name: string, late: readonly number[], server: Lateness, atOneInstant: boolean) {
  const [p50, p99, last] = [percentile(late, 0.5), percentile(late, 0.99), Math.max(...late)];
  // The clocks of two processes may differ by the fraction of a millisecond that a timestamp leaves out.
  const early = late.filter((each) => each < -1).length;
  const within = server.shareWithin(0.002) * 100;
  const figures: Figure[] = [
    { name: `cuts, ${name}: early`, value: early, unit: 'of them', bound: { atMost: 0 } },
    atOneInstant
      ? { name: `cuts, ${name}: last gone for its client`, value: last, unit: 'ms', bound: { atMost: 400 } }
      : { name: `cuts, ${name}: at most 2 ms late at the server`, value: within, unit: '%', bound: { atLeast: 99 } },
  ];
  const row = [
    name,
    `${round(within)} %`,
    latenessOf(server, 0.5),
    latenessOf(server, 0.99),
    round(p50),
    round(p99),
    round(last),
  ];
  return { figures, row };
}
