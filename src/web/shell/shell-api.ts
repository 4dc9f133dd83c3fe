import { pageOf } from '../../wire/list.ts';
import { sessionViewSchema } from '../../wire/session.ts';
import { shellSchema } from '../../wire/shell.ts';
import type { ShellView } from '../../wire/shell.ts';
import { ApiError } from '../api/api-error.ts';
import type { Api } from '../api/api.ts';
import { withQuery } from '../api/list-query.ts';
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
  const path = withQuery('/api/sessions', { state: 'ended', kind: 'kubernetes', scope: 'own', pageSize: 100 });
  const { items } = await api.read(path, pageOf(sessionViewSchema), { background: true });
  const end = items.find(({ id }) => id === sessionId)?.end ?? null;
  if (end === null) return { name: 'lost' };
  const { at: endedAt, ...rest } = end;
  return { name: 'ended', end: { endedAt, ...rest } };
}
