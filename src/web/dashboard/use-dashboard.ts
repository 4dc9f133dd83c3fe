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
    const streams = new StreamConnection({
      sessionId: view.sessionId,
      stillThere,
      message: (message) => {
        if (message.type === 'ended') return end(message);
        session.clock.heard(Date.parse(message.now));
        const { endsAt, endsBy, warningMinutes: lead } = message;
        const ending = { endsAt, endsBy, warningMinutes: lead };
        setState((before) => (before.phase === 'open' ? { ...before, ending } : before));
      },
    });
    const { retryNow } = streams;
    globalThis.addEventListener('online', retryNow, { signal });
    document.addEventListener('visibilitychange', retryNow, { signal });
    signal.addEventListener('abort', () => streams.close());
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
