import { useEffect, useRef } from 'react';
import { usePortal } from '../portal/portal-context.ts';
import { activityIntervalMs } from './countdown.ts';
import { useOwnSession } from './use-session.ts';

/** Tells the portal that somebody is here while they type or move through the page without requests. */
export function useActivityReports(): void {
  const { activity, session } = usePortal();
  const own = useOwnSession();
  const present = useRef({ own, reportedAt: Number.NEGATIVE_INFINITY });
  present.current.own = own;
  useEffect(
    () =>
      activity.listen(() => {
        const now = session.clock.now();
        const last = Math.max(present.current.reportedAt, Date.parse(present.current.own.session.lastActivityAt));
        if (now - last < activityIntervalMs(present.current.own)) return;
        present.current.reportedAt = now;
        // A report that fails is made again with the next act; an ended session has been noted already.
        session.reportActivity().catch(() => undefined);
      }),
    [activity, session],
  );
}
