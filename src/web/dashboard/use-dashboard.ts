import { notifications } from '@mantine/notifications';
import { useEffect, useEffectEvent, useState } from 'react';
import { dashboardSchema } from '../../wire/dashboard.ts';
import type { DashboardView } from '../../wire/dashboard.ts';
import type { EndedEvent } from '../../wire/session.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { usePortal } from '../portal/portal-context.ts';
import type { Ending } from '../session/countdown.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { findEnd } from '../session/find-end.ts';
import { useOwnSession } from '../session/use-session.ts';
import { discover } from './discovery.ts';
import type { Discovery } from './discovery.ts';
import { createKubernetesApi } from './kubernetes-api.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { StreamConnection } from './stream-connection.ts';

const TELL_ACTIVITY_MS = 15_000;
/** So long after the end that it cannot be the clock. */
const OVER_FOR_SURE_MS = 5000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What the pages of a dashboard have while its session lives. */
export interface Dashboard extends DashboardView {
  readonly api: KubernetesApi;
  readonly streams: StreamConnection;
  readonly discovery: Discovery;
}

export type DashboardState =
  | { readonly phase: 'opening' }
  | { readonly phase: 'open'; readonly dashboard: Dashboard; readonly ending: Ending }
  /** Null: how it ended is not known. */
  | { readonly phase: 'ended'; readonly end: EndedEvent | null }
  | { readonly phase: 'refused'; readonly sentence: string };

/**
 * Opens the dashboard of a place, once for each time that it is mounted. At the end of its session nothing of it is kept
 * here: whoever shows it is unmounted with what it had loaded.
 */
export function useDashboard(cluster: string, tenant: string | undefined): DashboardState {
  const { api, session, activity } = usePortal();
  const { warningMinutes } = useOwnSession();
  const confirmed = useConfirmed();
  const [state, setState] = useState<DashboardState>({ phase: 'opening' });

  const open = useEffectEvent(async (signal: AbortSignal): Promise<void> => {
    const body = { cluster, tenant };
    const view = await confirmed(() =>
      api.write({ method: 'POST', path: '/api/dashboards', body, schema: dashboardSchema }),
    );
    if (signal.aborted) return;
    const end = (how: EndedEvent | null): void => {
      streams.close();
      clearTimeout(over);
      // They name what was done to what.
      notifications.clean();
      if (!signal.aborted) setState({ phase: 'ended', end: how });
    };
    const stillThere = async (): Promise<boolean> => {
      const found = await findEnd(api, view.sessionId);
      if (found !== 'live') end(found);
      return found === 'live';
    };
    const kubernetes = createKubernetesApi({
      clusterId: view.cluster.id,
      sessionId: view.sessionId,
      isPersonActive: activity.isRecent,
      refused: () => void stillThere().catch(() => undefined),
    });
    let over: ReturnType<typeof setTimeout> | undefined;
    /** Also where nobody tells: nothing of the cluster is shown after the end that was told last. */
    const endBy = (endsAt: string | null): void => {
      clearTimeout(over);
      if (endsAt === null) return;
      const check = () => void stillThere().catch(() => end(null));
      over = setTimeout(check, Math.min(Date.parse(endsAt) - session.clock.now() + OVER_FOR_SURE_MS, LONGEST_TIMER_MS));
    };
    const streams = new StreamConnection({
      sessionId: view.sessionId,
      stillThere,
      refused(sentence) {
        clearTimeout(over);
        if (!signal.aborted) setState({ phase: 'refused', sentence });
      },
      message: (message) => {
        if (message.type === 'ended') return end(message);
        session.clock.heard(Date.parse(message.now));
        const { endsAt, endsBy, warningMinutes: lead } = message;
        endBy(endsAt);
        const ending = { endsAt, endsBy, warningMinutes: lead };
        setState((before) => (before.phase === 'open' ? { ...before, ending } : before));
      },
    });
    const { retryNow } = streams;
    globalThis.addEventListener('online', retryNow, { signal });
    document.addEventListener('visibilitychange', retryNow, { signal });
    const telling = setInterval(() => activity.isRecent() && streams.tellActivity(), TELL_ACTIVITY_MS);
    signal.addEventListener('abort', () => {
      clearInterval(telling);
      clearTimeout(over);
      streams.close();
    });
    streams.connect();
    const discovery = await discover(kubernetes).catch((error: unknown) => {
      streams.close();
      throw error;
    });
    if (signal.aborted) return;
    const dashboard = { ...view, api: kubernetes, streams, discovery };
    const ending = { endsAt: view.endsAt, endsBy: view.endsBy, warningMinutes };
    setState((before) => (before.phase === 'ended' ? before : { phase: 'open', dashboard, ending }));
  });

  useEffect(() => {
    const opening = new AbortController();
    const start = async (): Promise<void> => {
      try {
        await visible(opening.signal);
        await open(opening.signal);
      } catch (error) {
        if (opening.signal.aborted) return;
        const sentence =
          error instanceof CancelledError ? 'Nothing was opened: the password was not confirmed.' : sentenceOf(error);
        setState((before) => (before.phase === 'ended' ? before : { phase: 'refused', sentence }));
      }
    };
    const timer = setTimeout(() => void start(), 0);
    return () => {
      clearTimeout(timer);
      opening.abort();
    };
  }, []);

  return state;
}

/** Resolves once somebody looks at the page: a tab that is left over opens nothing, whoever signs in again elsewhere. */
function visible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.visibilityState === 'visible') resolve();
    };
    document.addEventListener('visibilitychange', look, { signal });
    look();
  });
}
