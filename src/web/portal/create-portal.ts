import { notifications } from '@mantine/notifications';
import { QueryClient } from '@tanstack/react-query';
import { createApi } from '../api/api.ts';
import { UnreachableError } from '../api/api-error.ts';
import { callApi } from '../api/transport.ts';
import { createDrafts } from '../session/drafts.ts';
import { listenToSession } from '../session/event-stream.ts';
import { createKeptScrollback } from '../session/kept-scrollback.ts';
import { watchPersonActivity } from '../session/person-activity.ts';
import { createServerClock } from '../session/server-clock.ts';
import { openSessionChannel } from '../session/session-channel.ts';
import { SessionCoordinator } from '../session/session-coordinator.ts';
import { createSessionFeed } from '../session/session-feed.ts';
import type { SessionState } from '../session/session-state.ts';
import type { Portal } from './portal-context.ts';

/** Builds what every page shares, and starts nothing yet. */
export function createPortal(): Portal {
  const activity = watchPersonActivity();
  const session = new SessionCoordinator({
    call: callApi,
    clock: createServerClock(),
    channel: openSessionChannel(),
    feed: createSessionFeed(listenToSession),
  });
  const drafts = createDrafts(globalThis.sessionStorage);
  const queries = createQueryClient();
  const keptScrollback = createKeptScrollback();
  session.subscribe(() => forgetWhatIsNotTheirs(session.state(), { drafts, keptScrollback, queries }));
  return { session, api: createApi(session, activity.isRecent), drafts, keptScrollback, activity, queries };
}

/** At a session's end nothing that was loaded stays in memory; drafts stay for the same user only. */
function forgetWhatIsNotTheirs(
  state: SessionState,
  { drafts, keptScrollback, queries }: Pick<Portal, 'drafts' | 'keptScrollback' | 'queries'>,
): void {
  const keepOnly = (username: string | null): void => {
    drafts.keepOnly(username);
    keptScrollback.keepOnly(username);
  };
  if (state.phase === 'ended' || state.phase === 'signed-out') {
    queries.clear();
    notifications.clean();
    if (state.phase === 'ended' && state.end.reason === 'signed-out') keepOnly(null);
  }
  if (state.phase === 'live') keepOnly(state.own.user.username);
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5000,
        retry: (failures, error) => error instanceof UnreachableError && failures < 2,
        retryDelay: (failures) => 1000 * 2 ** failures,
      },
      mutations: { retry: false },
    },
  });
}
