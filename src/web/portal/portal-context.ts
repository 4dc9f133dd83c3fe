import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Api } from '../api/api.ts';
import type { Drafts } from '../session/drafts.ts';
import type { KeptScrollback } from '../session/kept-scrollback.ts';
import type { PersonActivity } from '../session/person-activity.ts';
import type { SessionCoordinator } from '../session/session-coordinator.ts';

/** The parts that every page shares, built once in `main.tsx`. */
export interface Portal {
  readonly session: SessionCoordinator;
  readonly api: Api;
  readonly drafts: Drafts;
  readonly keptScrollback: KeptScrollback;
  readonly activity: PersonActivity;
  readonly queries: QueryClient;
}

export const PortalContext = createContext<Portal | null>(null);

export function usePortal(): Portal {
  const portal = useContext(PortalContext);
  if (portal === null) throw new Error('usePortal needs a PortalContext above it');
  return portal;
}

export function useApi(): Api {
  return usePortal().api;
}
