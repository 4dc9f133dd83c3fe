import { describeCause, describeMinutes, scopeRemark } from '../../core/explain.ts';
import type { EndsBy } from '../../wire/session.ts';
import type { PageEnd } from './session-state.ts';

/** What ended a session, as a sentence of which the limit's label is set apart: `*label* is 60 minutes.` */
export interface Cause {
  readonly label: string | null;
  readonly rest: string;
}

/** Why a session ended; null where nothing is known of it. */
export function causeOf(end: Pick<PageEnd, 'reason' | 'limit'>): Cause | null {
  if (end.limit !== null) {
    const { label, scope, value } = end.limit;
    return { label, rest: ` is ${describeMinutes(value)}${scopeRemark(scope)}.` };
  }
  if (end.reason === null) return null;
  const cause = describeCause({ at: 0, reason: end.reason, limit: null });
  return { label: null, rest: `${cause.charAt(0).toUpperCase()}${cause.slice(1)}.` };
}

/** Which limit will end a session, in few words: `Maximum K8s Session Duration: 60 minutes`. */
export function describeEndsBy(endsBy: EndsBy): string {
  if (endsBy.label === null || endsBy.value === null) return 'No limit';
  const remark = endsBy.scope === null ? '' : scopeRemark(endsBy.scope);
  return `${endsBy.label}: ${describeMinutes(endsBy.value)}${remark}`;
}
