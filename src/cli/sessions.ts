import { sessionViewSchema } from '../wire/session.ts';
import type { SessionView } from '../wire/session.ts';
import { readAllPages } from './pages.ts';
import { PortalClient } from './portal-client.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf, describeInstant, table } from './words.ts';

export interface ListOptions {
  readonly server?: string;
  readonly json?: boolean;
}

/** `curfew sessions`: the live sessions of the caller, or of all. */
export async function listSessions(options: ListOptions & { all?: boolean }, around: Surroundings): Promise<void> {
  const portal = new PortalClient(around.signIns.require(options.server));
  const scope = options.all === true ? 'all' : 'own';
  const sessions = await readAllPages(portal, `/api/sessions?state=live&scope=${scope}`, sessionViewSchema);
  if (options.json === true) return around.print(JSON.stringify({ items: sessions }, null, 2));
  const now = around.clock.now();
  const rows = sessions.map((session) => [
    session.id,
    session.username,
    placeOf(session),
    describeInstant(session.startedAt),
    `${describeEndOf(session, now)}${session.current ? ' (this sign-in)' : ''}`,
  ]);
  around.print(table(['ID', 'USER', 'SESSION', 'STARTED', 'END'], rows));
}

/** `curfew sessions end`. */
export async function endSession(id: string, options: ListOptions, around: Surroundings): Promise<void> {
  const portal = new PortalClient(around.signIns.require(options.server));
  await portal.send('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
  around.print(options.json === true ? JSON.stringify({ ended: id }) : `Ended ${id}, and everything under it.`);
}

/** What a session is: with the portal or a cluster, or an API token. */
export function placeOf({ kind, clusterId, tokenName }: Pick<SessionView, 'kind' | 'clusterId' | 'tokenName'>): string {
  if (kind === 'api-token') return `API token ${tokenName ?? '?'}`;
  return kind === 'portal' ? 'portal' : `cluster ${clusterId ?? '?'}`;
}
