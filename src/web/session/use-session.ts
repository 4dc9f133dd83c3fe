import { createContext, useContext, useSyncExternalStore } from 'react';
import type { OwnSession } from '../../wire/session.ts';
import { usePortal } from '../portal/portal-context.ts';
import type { SessionState } from './session-state.ts';

export function useSessionState(): SessionState {
  const { session } = usePortal();
  return useSyncExternalStore(session.subscribe, session.state);
}

export const OwnSessionContext = createContext<OwnSession | null>(null);

/** The live session. For what stands below the session gate. */
export function useOwnSession(): OwnSession {
  const own = useContext(OwnSessionContext);
  if (own === null) throw new Error('useOwnSession needs the session gate above it');
  return own;
}

export function useIsAdministrator(): boolean {
  return useOwnSession().user.role === 'Administrator';
}
