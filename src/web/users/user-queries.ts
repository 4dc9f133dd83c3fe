import { queryOptions, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { pageOf } from '../../wire/list.ts';
import { userSchema } from '../../wire/user.ts';
import type { createUserSchema, updateUserSchema } from '../../wire/user.ts';
import type { Api } from '../api/api.ts';
import { withQuery } from '../api/list-query.ts';
import { listQuery } from '../lists/list-state.ts';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import type { UserSearch } from './user-search.ts';

const userListSchema = pageOf(userSchema);

export function userListQuery(api: Api, state: UserSearch) {
  const path = withQuery('/api/users', { ...listQuery(state), sort: state.sort, order: state.order });
  return queryOptions({
    queryKey: ['users', path],
    queryFn: ({ signal }) => api.read(path, userListSchema, { signal }),
  });
}

/** Creates, changes and deletes users; asks for the own password first where the portal wants it. */
export function useUserWrites() {
  const api = useApi();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['users'] });
  const pathOf = (username: string): string => `/api/users/${encodeURIComponent(username)}`;
  return {
    create: async (user: z.input<typeof createUserSchema>): Promise<void> => {
      await confirmed(() => api.write({ method: 'POST', path: '/api/users', body: user, schema: userSchema }));
      void refresh();
    },
    update: async (username: string, change: z.input<typeof updateUserSchema>): Promise<void> => {
      await confirmed(() => api.write({ method: 'PATCH', path: pathOf(username), body: change, schema: userSchema }));
      void refresh();
    },
    remove: async (username: string): Promise<void> => {
      await confirmed(() => api.write({ method: 'DELETE', path: pathOf(username), schema: null }));
      void refresh();
    },
  };
}
