import { queryOptions, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { madeTokenSchema, permanentTokenListSchema, tokenNoticesSchema } from '../../wire/api-token.ts';
import type { MadeToken, makeTokenSchema } from '../../wire/api-token.ts';
import type { Api } from '../api/api.ts';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';

const pathOf = (username: string): string => `/api/users/${encodeURIComponent(username)}/tokens`;

export function userTokensQuery(api: Api, username: string) {
  return queryOptions({
    queryKey: ['user-tokens', username],
    queryFn: ({ signal }) => api.read(pathOf(username), permanentTokenListSchema, { signal }),
  });
}

/** The caller's own. */
export function ownTokensQuery(api: Api) {
  return queryOptions({
    queryKey: ['own-tokens'],
    queryFn: ({ signal }) => api.read('/api/session/tokens', permanentTokenListSchema, { signal }),
  });
}

/** Those that expire soon. Nobody has to be told again sooner than after an hour. */
export function tokenNoticesQuery(api: Api) {
  return queryOptions({
    queryKey: ['token-notices'],
    queryFn: ({ signal }) => api.read('/api/session/token-notices', tokenNoticesSchema, { signal, background: true }),
    staleTime: 60 * 60_000,
  });
}

/** Makes and revokes permanent API tokens of a user; asks for the own password first where the portal wants it. */
export function useTokenWrites(username: string) {
  const api = useApi();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const refresh = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['user-tokens', username] });
    await queries.invalidateQueries({ queryKey: ['token-notices'] });
  };
  return {
    make: async (token: z.input<typeof makeTokenSchema>): Promise<MadeToken> => {
      const made = await confirmed(() =>
        api.write({ method: 'POST', path: pathOf(username), body: token, schema: madeTokenSchema }),
      );
      void refresh();
      return made;
    },
    revoke: async (id: string): Promise<void> => {
      const path = `${pathOf(username)}/${encodeURIComponent(id)}`;
      await confirmed(() => api.write({ method: 'DELETE', path, schema: null }));
      void refresh();
    },
  };
}
