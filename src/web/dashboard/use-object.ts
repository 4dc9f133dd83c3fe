import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { objectSchema } from './kubernetes-object.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { ResourceList } from './resource-list.ts';
import type { ListState } from './resource-list.ts';
import { collectionPath, objectPath } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';
import type { Dashboard } from './use-dashboard.ts';

interface UsedObject {
  readonly object: KubernetesObject | undefined;
  /** The same as it came. */
  readonly raw: unknown;
  readonly error: Error | null;
  readonly reload: () => void;
  /** Whether it was there and is no more, or never was. */
  readonly isGone: boolean;
  /** How its changes are followed. */
  readonly list: ListState;
  /** For a Secret: whether what is in it is shown; asking for that is recorded. */
  readonly isRevealed: boolean;
  readonly reveal: () => void;
}

/** One object, read again whenever a watch says that it changed. Of a Secret only what is around its contents, at first. */
export function useObject(
  { api, streams, sessionId }: Dashboard,
  type: ResourceType,
  namespace: string | null,
  name: string,
): UsedObject {
  const [isRevealed, setRevealed] = useState(false);
  const path = objectPath(type, namespace, name);
  const follower = useMemo(() => {
    const query = { path: collectionPath(type, namespace), labels: '', fields: `metadata.name=${name}` };
    return new ResourceList(api, streams, { ...query, canWatch: type.verbs.includes('watch') });
  }, [api, streams, type, namespace, name]);
  useEffect(() => {
    follower.load();
    return () => follower.stop();
  }, [follower]);
  const list = useSyncExternalStore(follower.subscribe, follower.state);
  const isListed = list.phase !== 'failed' && list.columns.length > 0;
  const [row] = list.rows.values();
  const isGone = list.phase === 'removed' || (isListed && row === undefined);
  const as = type.plural === 'secrets' && !isRevealed ? 'metadata' : 'object';
  const version = row?.version ?? '';
  const { data, error, refetch } = useQuery({
    queryKey: ['dashboard', sessionId, path, as, version],
    queryFn: async ({ signal }) => {
      const raw = await api.json({ path, as, signal });
      return { raw, object: objectSchema.parse(raw) };
    },
    enabled: row !== undefined || list.phase === 'failed',
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  return {
    ...{ object: data?.object, raw: data?.raw, error, isGone, list, isRevealed },
    reload: () => void refetch(),
    reveal: () => setRevealed(true),
  };
}
