import { queryOptions, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { tenantDetailSchema, tenantListSchema, tenantSchema } from '../../wire/tenant.ts';
import type { TenantView, createTenantSchema } from '../../wire/tenant.ts';
import type { Api } from '../api/api.ts';
import { DEFAULT_PAGE_SIZE } from '../lists/list-state.ts';
import type { ListState } from '../lists/list-state.ts';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';

const pathOf = (id: string): string => `/api/tenants/${encodeURIComponent(id)}`;

/** All tenants; there are few, so that the page searches among them. */
export function tenantListQuery(api: Api) {
  return queryOptions({
    queryKey: ['tenants'],
    queryFn: ({ signal }) => api.read('/api/tenants', tenantListSchema, { signal }),
  });
}

export function tenantQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: ['tenants', id],
    queryFn: ({ signal }) => api.read(pathOf(id), tenantDetailSchema, { signal }),
  });
}

/** The page of those that match: by name, cluster or namespace. */
export function pageOfTenants(tenants: readonly TenantView[], { search = '', page = 1, pageSize }: ListState) {
  const size = pageSize ?? DEFAULT_PAGE_SIZE;
  const wanted = search.trim().toLowerCase();
  const matching = tenants.filter(({ name, cluster, namespace }) =>
    [name, cluster, namespace].some((text) => text.toLowerCase().includes(wanted)),
  );
  return { items: matching.slice((page - 1) * size, page * size), total: matching.length };
}

/** Changes tenants and who may enter them; asks for the own password first where the portal wants it. */
export function useTenantWrites() {
  const api = useApi();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const write = async (method: 'PUT' | 'DELETE', path: string, body?: object): Promise<void> => {
    await confirmed(() => api.write({ method, path, ...(body !== undefined && { body }), schema: null }));
    await refresh();
  };
  const refresh = async (): Promise<void> => {
    await Promise.all(['tenants', 'clusters', 'users'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  return {
    create: async (tenant: z.input<typeof createTenantSchema>): Promise<void> => {
      await confirmed(() => api.write({ method: 'POST', path: '/api/tenants', body: tenant, schema: tenantSchema }));
      void refresh();
    },
    remove: (id: string) => write('DELETE', pathOf(id)),
    giveAccess: (id: string, username: string, readOnly: boolean) =>
      write('PUT', `${pathOf(id)}/access/${encodeURIComponent(username)}`, { readOnly }),
    takeAccess: (id: string, username: string) =>
      write('DELETE', `${pathOf(id)}/access/${encodeURIComponent(username)}`),
  };
}
