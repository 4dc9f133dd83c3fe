import { MINUTE_MS } from '../../core/clock.ts';
import { warningAt } from '../../core/deadline.ts';
import type { Deadline } from '../../core/deadline.ts';
import { describeLimit } from '../../core/explain.ts';
import { warningHeader } from './response-headers.ts';

/**
 * The warning that goes along with an answer shortly before the end; null while there is time.
 *
 * @param leadMinutes from when on to warn
 */
export function expiryWarning(deadline: Deadline, leadMinutes: number, now: number): string | null {
  if (now < warningAt(deadline, leadMinutes)) return null;
  const leftMs = deadline.at - now;
  const left =
    leftMs < MINUTE_MS ? `${Math.max(0, Math.ceil(leftMs / 1000))} s` : `${Math.floor(leftMs / MINUTE_MS)} min`;
  const why = deadline.limit === null ? '' : ` (${describeLimit(deadline.limit)})`;
  return warningHeader('curfew', `Your Kubernetes session ends in ${left}${why}.`);
}
