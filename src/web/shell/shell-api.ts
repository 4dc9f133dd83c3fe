import { shellSchema } from '../../wire/shell.ts';
import type { ShellView } from '../../wire/shell.ts';
import { ApiError } from '../api/api-error.ts';
import type { Api } from '../api/api.ts';
import { findEnd } from '../session/find-end.ts';
import type { ShellPhase } from './shell-state.ts';

/** Opens a shell on a cluster, or in a tenant of it. @throws ApiError, for example `reauthentication-required` */
export function openShell(
  api: Api,
  place: { cluster: string; tenant: string | undefined },
  size: { cols: number; rows: number },
): Promise<ShellView> {
  return api.write({ method: 'POST', path: '/api/shells', body: { ...place, ...size }, schema: shellSchema });
}

/** The shell as the portal has it; null where it is gone. @throws ApiError, such as `wrong-replica`, where nobody knows */
export async function findShell(api: Api, shellId: string): Promise<ShellView | null> {
  try {
    return await api.read(`/api/shells/${encodeURIComponent(shellId)}`, shellSchema, { background: true });
  } catch (error) {
    if (error instanceof ApiError && error.problem.code === 'not-found') return null;
    throw error;
  }
}

const SESSION_OF = 'curfew-shell-session:';

/** Remembers, for this tab and across a reload, which Kubernetes session a shell belongs to. */
export function rememberSession(shellId: string, sessionId: string): void {
  globalThis.sessionStorage.setItem(`${SESSION_OF}${shellId}`, sessionId);
}

/** Why a shell is gone: its session's end, where that is known. */
export async function explainLoss(api: Api, shellId: string): Promise<ShellPhase> {
  const sessionId = globalThis.sessionStorage.getItem(`${SESSION_OF}${shellId}`);
  if (sessionId === null) return { name: 'lost' };
  const end = await findEnd(api, sessionId);
  return end === null || end === 'live' ? { name: 'lost' } : { name: 'ended', end };
}
