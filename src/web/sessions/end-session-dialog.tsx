import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../wire/session.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { useApi } from '../portal/portal-context.ts';
import { count } from '../words/duration.ts';
import { describeSession } from './session-columns.tsx';

/** Confirms ending one session, naming what ends with it. */
export function EndSessionDialog({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const run = async (): Promise<void> => {
    await api.write({ method: 'DELETE', path: `/api/sessions/${encodeURIComponent(session.id)}`, schema: null });
    void queries.invalidateQueries({ queryKey: ['sessions'] });
  };
  return (
    <ConfirmDialog title="End session" action="End session" run={run} onClose={onClose}>
      <Text>
        End {describeSession(session)}? It has {count(session.streams, 'open stream')}
        {session.kind !== 'kubernetes'
          ? '; its Kubernetes sessions, shells and streams end with it.'
          : '; its shells and streams end with it.'}
      </Text>
      {session.current && session.kind === 'portal' && (
        <Text fw={600}>This is the session that you are using: you will be signed out.</Text>
      )}
    </ConfirmDialog>
  );
}
