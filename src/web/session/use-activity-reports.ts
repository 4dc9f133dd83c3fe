import { useEffect, useEffectEvent, useRef } from 'react';
import { usePortal } from '../portal/portal-context.ts';
import { activityIntervalMs } from './countdown.ts';
import { useOwnSession } from './use-session.ts';

/** Tells the portal that somebody is here while they type or move through the page without requests. */
export function useActivityReports(): void {
  const { activity, session } = usePortal();
  const own = useOwnSession();
  const reportedAt = useRef(Number.NEGATIVE_INFINITY);
  const noteAct = useEffectEvent(() => {
    const now = session.clock.now();
    const last = Math.max(reportedAt.current, Date.parse(own.session.lastActivityAt));
    if (now - last < activityIntervalMs(own)) return;
    reportedAt.current = now;
    // A report that fails is made again with the next act; an ended session has been noted already.
    session.reportActivity().catch(() => undefined);
  });
  useEffect(() => activity.listen(() => noteAct()), [activity]);
}
