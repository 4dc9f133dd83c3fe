import { pageOf } from '../../wire/list.ts';
import { sessionViewSchema } from '../../wire/session.ts';
import type { EndedEvent } from '../../wire/session.ts';
import type { Api } from '../api/api.ts';
import { withQuery } from '../api/list-query.ts';

/** How an own Kubernetes session ended; null where nothing is known of an end, nor that it lives. */
export async function findEnd(api: Api, sessionId: string): Promise<EndedEvent | null | 'live'> {
  const list = async (state: 'ended' | 'live') => {
    const path = withQuery('/api/sessions', { state, kind: 'kubernetes', scope: 'own', pageSize: 100 });
    const { items } = await api.read(path, pageOf(sessionViewSchema), { background: true });
    return items.find(({ id }) => id === sessionId);
  };
  const end = (await list('ended'))?.end ?? null;
  if (end === null) return (await list('live')) === undefined ? null : 'live';
  const { at: endedAt, ...rest } = end;
  return { endedAt, ...rest };
}
