import { Text } from '@mantine/core';
import type { TenantDetail, TenantView } from '../../wire/tenant.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { describeSessions } from './ending-sessions.ts';
import { useTenantWrites } from './tenant-queries.ts';

/** What is asked about first, since it ends sessions. */
export interface AccessChange {
  readonly kind: 'remove' | 'read-only';
  readonly tenant: Pick<TenantView, 'id' | 'name'>;
  readonly entrant: TenantDetail['access'][number];
}

/** Confirms taking somebody's access to a tenant away, in whole or in part. */
export function AccessChangeDialog({ change, onClose }: { change: AccessChange; onClose: () => void }) {
  const { giveAccess, takeAccess } = useTenantWrites();
  const {
    kind,
    tenant: { id, name },
    entrant: { username, sessions },
  } = change;
  const isRemoval = kind === 'remove';
  return (
    <ConfirmDialog
      title={isRemoval ? 'Remove access' : 'Make read-only'}
      action={isRemoval ? 'Remove' : 'Make read-only'}
      run={() => (isRemoval ? takeAccess(id, username) : giveAccess(id, username, true))}
      onClose={onClose}
    >
      <Text>
        {isRemoval ? `Take access to ${name} away from ${username}? ` : `Let ${username} only read in ${name}? `}
        {describeSessions(sessions)}
      </Text>
    </ConfirmDialog>
  );
}
