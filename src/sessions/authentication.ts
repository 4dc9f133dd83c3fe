import type { SessionEnd } from '../core/session.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { LiveSession } from './live-session.ts';
import type { TokenPurpose } from './ports.ts';

/** Whose a token is: a live session, or what became of it. `end` is null for a token that is not known. */
export type Authentication =
  | { readonly live: true; readonly session: LiveSession; readonly purpose: TokenPurpose }
  | {
      readonly live: false;
      readonly kind: SessionKind;
      readonly purpose: TokenPurpose | null;
      readonly end: SessionEnd | null;
      /** Whose it was; null where that is not known. */
      readonly username: string | null;
    };

export const UNKNOWN_TOKEN: Authentication = { live: false, kind: 'portal', purpose: null, end: null, username: null };
