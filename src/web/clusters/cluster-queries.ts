import { queryOptions } from '@tanstack/react-query';
import { clusterListSchema } from '../../wire/cluster.ts';
import type { Api } from '../api/api.ts';
import { isInTheMaking } from './cluster-state.tsx';

const BUILDING_MS = 2000;
const READY_MS = 15_000;

/** The clusters that the user reaches, asked for every two seconds while one is being made. */
export function clusterListQuery(api: Api) {
  return queryOptions({
    queryKey: ['clusters'],
    queryFn: ({ signal }) => api.read('/api/clusters', clusterListSchema, { signal, background: true }),
    refetchInterval: (query) =>
      query.state.data?.items.some(({ state }) => isInTheMaking(state)) === true ? BUILDING_MS : READY_MS,
  });
}
