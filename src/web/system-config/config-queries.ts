import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import {
  catalogueEntrySchema,
  configHistorySchema,
  configListSchema,
  configPreviewResultSchema,
  configRowSchema,
} from '../../wire/system-config.ts';
import type { Api } from '../api/api.ts';
import { withQuery } from '../api/list-query.ts';
import { listQuery } from '../lists/list-state.ts';
import type { ListState } from '../lists/list-state.ts';
import { useApi } from '../portal/portal-context.ts';
import type { ConfigSearch } from './config-search.ts';

const PATH = '/api/system-config';

export function configListQuery(api: Api, state: ConfigSearch) {
  const query = { ...listQuery(state), sort: state.sort, order: state.order };
  return queryOptions({
    queryKey: ['system-config', 'list', query],
    queryFn: ({ signal }) => api.read(withQuery(PATH, query), configListSchema, { signal }),
  });
}

export function catalogueQuery(api: Api) {
  return queryOptions({
    queryKey: ['system-config', 'catalogue'],
    queryFn: ({ signal }) =>
      api.read(`${PATH}/catalogue`, z.object({ items: z.array(catalogueEntrySchema) }), { signal }),
  });
}

export function configHistoryQuery(api: Api, state: ListState) {
  const query = listQuery(state);
  return queryOptions({
    queryKey: ['system-config', 'history', query],
    queryFn: ({ signal }) => api.read(withQuery(`${PATH}/history`, query), configHistorySchema, { signal }),
  });
}

/**
 * How many sessions a value would end; null deletes the key.
 *
 * @param path of the settings, or of the limits of a cluster or a tenant
 */
export function configPreviewQuery(api: Api, key: string, value: string | null, path = PATH) {
  return queryOptions({
    queryKey: ['system-config', 'preview', path, key, value],
    queryFn: ({ signal }) =>
      api.write({
        method: 'POST',
        path: `${path}/preview`,
        body: { key, value },
        schema: configPreviewResultSchema,
        background: true,
        signal,
      }),
    staleTime: 0,
    retry: false,
  });
}

/** Stores and deletes settings, and has the lists read again. */
export function useConfigWrites() {
  const api = useApi();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['system-config'] });
  return {
    store: async (key: string, type: string, value: string): Promise<void> => {
      const path = `${PATH}/${encodeURIComponent(key)}`;
      await api.write({ method: 'PUT', path, body: { type, value }, schema: configRowSchema });
      void refresh();
    },
    remove: async (key: string): Promise<void> => {
      const schema = z.object({ key: z.string(), defaultMinutes: z.int().nullable() });
      await api.write({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(key)}`, schema });
      void refresh();
    },
  };
}
