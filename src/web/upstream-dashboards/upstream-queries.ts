import { queryOptions, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { upstreamDashboardListSchema, upstreamDashboardSchema } from '../../wire/upstream-dashboard.ts';
import type { registerUpstreamDashboardSchema } from '../../wire/upstream-dashboard.ts';
import type { Api } from '../api/api.ts';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';

const PATH = '/api/upstream-dashboards';
const queryKey = ['upstream-dashboards'];

/** The path of one of them. */
export const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

/** Those of all clusters that the user reaches as a whole; there are few. */
export function upstreamDashboardListQuery(api: Api) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => api.read(PATH, upstreamDashboardListSchema, { signal }),
  });
}

/** Registers dashboards and removes them; asks for the own password first where the portal wants it. */
export function useUpstreamDashboardWrites() {
  const api = useApi();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey });
  return {
    register: async (body: z.input<typeof registerUpstreamDashboardSchema>): Promise<void> => {
      await confirmed(() => api.write({ method: 'POST', path: PATH, body, schema: upstreamDashboardSchema }));
      await refresh();
    },
    remove: async (id: string): Promise<void> => {
      await confirmed(() => api.write({ method: 'DELETE', path: pathOf(id), schema: null }));
      await refresh();
    },
  };
}
