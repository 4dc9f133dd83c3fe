import { useQuery } from '@tanstack/react-query';
import { readTable } from './table.ts';
import type { Dashboard } from './use-dashboard.ts';

/** The namespaces of a cluster by name; none for whoever may not list them. */
export function useNamespaces({ api, sessionId }: Pick<Dashboard, 'api' | 'sessionId'>, isAsked = true): string[] {
  const { data = [] } = useQuery({
    queryKey: ['dashboard', sessionId, 'namespaces'],
    queryFn: async ({ signal }) => {
      const path = '/api/v1/namespaces?includeObject=Metadata';
      return readTable(await api.json({ path, as: 'table', signal })).rows.map(({ name }) => name);
    },
    enabled: isAsked,
    retry: false,
    gcTime: 0,
  });
  return data;
}
