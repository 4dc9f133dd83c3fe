import { catalogueEntry } from '../core/catalogue.ts';
import type { CatalogueEntry } from '../core/catalogue.ts';
import type { Clock } from '../core/clock.ts';
import { deadlineOf } from '../core/deadline.ts';
import type { Deadline } from '../core/deadline.ts';
import { isWithin, stricter } from '../core/limits.ts';
import type { Limit, LimitChange } from '../core/limits.ts';
import type { Session } from '../core/session.ts';
import type { LimitedKind } from '../core/session-kind.ts';
import type { SessionWithUser } from './ports.ts';
import type { Sessions } from './sessions.ts';

export interface LimitPreviewPorts {
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** How many sessions of one kind live now in the limit's scope, and how many of them a value would end at once. */
interface PreviewCounts {
  live: number;
  ending: number;
}

/** What a value would do to the sessions that live now. A kind that the key cannot end is not counted. */
export interface Preview extends Readonly<Record<LimitedKind, Readonly<PreviewCounts>>> {
  readonly endsOwn: boolean;
}

/** What is ended by what limits nothing. */
export function emptyPreview(): Record<LimitedKind, PreviewCounts> & { endsOwn: boolean } {
  return { portal: { live: 0, ending: 0 }, kubernetes: { live: 0, ending: 0 }, endsOwn: false };
}

/**
 * Counts the live sessions in a limit's scope that a value would end at once, with the Kubernetes sessions that would
 * end with their portal session. Loosening ends none: live sessions keep what they have.
 *
 * @param change `minutes` null: there would be no limit
 * @param ownId the caller's portal session
 */
export async function previewLimit(
  { sessions, clock }: LimitPreviewPorts,
  { key, scope, minutes }: Omit<LimitChange, 'at'>,
  ownId: string,
): Promise<Preview> {
  const preview = emptyPreview();
  const { limits } = catalogueEntry(key);
  if (limits === undefined) return preview;
  const { stored } = sessions;
  for await (const holder of stored.liveRows(limits.kind === 'portal' ? undefined : 'kubernetes')) {
    const { session } = holder;
    const { kind } = session;
    if (kind === 'api-token' || !isWithin(session, scope) || stored.judge(holder).end !== null) continue;
    preview[kind].live++;
    if (minutes === null || !wouldBeOver(holder, { key, scope, minutes }, limits)) continue;
    preview[kind].ending++;
    if (session.id === ownId || session.parentId === ownId) preview.endsOwn = true;
  }
  return preview;

  /** Whether a live session would be over now with this limit. */
  function wouldBeOver(
    { session, parent }: SessionWithUser,
    limit: Limit,
    limited: NonNullable<CatalogueEntry['limits']>,
  ): boolean {
    const now = clock.now();
    const deadlineThen = (row: Session, above: Deadline | null): Deadline => {
      const present = sessions.limits.limitsOf(row, now);
      if (row.kind !== limited.kind) return deadlineOf(row, present, above);
      return deadlineOf(row, { ...present, [limited.by]: stricter(present[limited.by], limit) }, above);
    };
    return deadlineThen(session, parent === null ? null : deadlineThen(parent, null)).at <= now;
  }
}
