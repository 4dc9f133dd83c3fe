import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PermanentTokenView } from '../../wire/api-token.ts';
import { ownTokensQuery, tokenNoticesQuery } from '../api-tokens/token-queries.ts';
import { TokenTable } from '../api-tokens/token-table.tsx';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';

/** The permanent API tokens that act in one's own name: seen and revoked here, made by administrators. */
export function PermanentTokensSection() {
  const api = useApi();
  const queries = useQueryClient();
  const query = useQuery(ownTokensQuery(api));
  const [revoking, setRevoking] = useState<PermanentTokenView | null>(null);
  const revoke = async ({ id }: PermanentTokenView): Promise<void> => {
    await api.write({ method: 'DELETE', path: `/api/sessions/${encodeURIComponent(id)}`, schema: null });
    await queries.invalidateQueries({ queryKey: ownTokensQuery(api).queryKey });
    await queries.invalidateQueries({ queryKey: tokenNoticesQuery(api).queryKey });
  };
  return (
    <Stack gap="xs" component="section" aria-labelledby="permanent-tokens">
      <Title order={2} id="permanent-tokens">
        Permanent API tokens
      </Title>
      <Text size="sm" c="dimmed">
        Made by an administrator for automation in your name. Each lives until it expires or is revoked.
      </Text>
      {query.isPending && <Skeleton height={48} />}
      {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && <TokenTable tokens={query.data.items} onRevoke={setRevoking} />}
      {revoking !== null && (
        <ConfirmDialog
          title="Revoke API token"
          action="Revoke"
          run={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          <Text>
            Revoke {revoking.name}? What uses it is refused at once, and its Kubernetes sessions end. Only an
            administrator can make another one.
          </Text>
        </ConfirmDialog>
      )}
    </Stack>
  );
}
