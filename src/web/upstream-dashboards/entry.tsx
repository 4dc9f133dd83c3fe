import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { upstreamEntrySchema } from '../../wire/upstream-dashboard.ts';
import type { UpstreamDashboardView } from '../../wire/upstream-dashboard.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { pathOf } from './upstream-queries.ts';

interface Props {
  readonly dashboard: Pick<UpstreamDashboardView, 'id' | 'name' | 'cluster'>;
  /** What the dashboard's hostname sent the browser here with. */
  readonly state: string;
}

/** Says who would be at the dashboard, and goes there once somebody agrees. */
export function Entry({ dashboard: { id, name, cluster }, state }: Props) {
  const api = useApi();
  const confirmed = useConfirmed();
  const { username } = useOwnSession().user;
  const [isGoing, setGoing] = useState(false);
  const { refusal, isBusy, run } = useSubmission(async () => {
    const request = { method: 'POST', path: `${pathOf(id)}/entry`, body: { state } } as const;
    const { url } = await confirmed(() => api.write({ ...request, schema: upstreamEntrySchema }));
    setGoing(true);
    globalThis.location.replace(url);
  });
  if (isGoing) return <Text role="status">Going to {name} …</Text>;
  return (
    <>
      <Text>
        <b>{name}</b> of cluster <b>{cluster}</b> opens as <b>{username}</b>, for as long as your Kubernetes session
        lasts.
      </Text>
      <FormAlert>{refusal}</FormAlert>
      <Group justify="flex-end">
        <Button autoFocus loading={isBusy} onClick={run}>
          Open {name}
        </Button>
      </Group>
    </>
  );
}
