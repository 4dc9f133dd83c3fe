import { Code, Loader, Modal, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { kubeconfigSchema } from '../../wire/cluster.ts';
import type { ClusterView } from '../../wire/cluster.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { withQuery } from '../api/list-query.ts';
import { saveTextFile } from '../files/save-text-file.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import type { EnterableTenant } from '../tenants/tenant-choice.ts';
import { ClockTime } from '../words/time-text.tsx';

interface Props {
  readonly cluster: ClusterView;
  /** Null: for the whole cluster. */
  readonly tenant: EnterableTenant | null;
  readonly onClose: () => void;
}

type Saved = { readonly filename: string; readonly endsAt: string | null };

/** Fetches a kubeconfig, has it saved, and says how long it works and how to use it. */
export function KubeconfigDialog({ cluster, tenant, onClose }: Props) {
  const api = useApi();
  const confirmed = useConfirmed();
  const [saved, setSaved] = useState<Saved | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const hasBegun = useRef(false);
  const tenantId = tenant?.id;

  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    const path = withQuery(`/api/clusters/${encodeURIComponent(cluster.id)}/kubeconfig`, { tenant: tenantId });
    confirmed(() => api.write({ method: 'POST', path, schema: kubeconfigSchema })).then(
      ({ filename, kubeconfig, endsAt }) => {
        saveTextFile(filename, kubeconfig, 'application/yaml');
        setSaved({ filename, endsAt });
      },
      (error: unknown) => (error instanceof CancelledError ? onClose() : setRefusal(sentenceOf(error))),
    );
  }, [api, cluster.id, tenantId, confirmed, onClose]);

  return (
    <Modal
      opened
      onClose={onClose}
      title={`Kubeconfig of ${cluster.name}${tenant === null ? '' : `, tenant ${tenant.name}`}`}
      size="lg"
    >
      <Stack gap="sm">
        <FormAlert>{refusal}</FormAlert>
        {saved === null && refusal === null && <Loader aria-label="Making the kubeconfig" role="status" />}
        {saved !== null && <HowToUse saved={saved} />}
      </Stack>
    </Modal>
  );
}

function HowToUse({ saved: { filename, endsAt } }: { saved: Saved }) {
  return (
    <Stack gap="sm" role="status">
      <Text>
        <Code>{filename}</Code> is saved.{' '}
        {endsAt === null ? (
          'It works until your Kubernetes session ends.'
        ) : (
          <>
            It works until <ClockTime at={Date.parse(endsAt)} /> at the latest, and ends earlier with your session.
          </>
        )}
      </Text>
      <Text size="sm">Use it so, from the folder it was saved to:</Text>
      <Code block>{`chmod 600 ${filename}\nexport KUBECONFIG="$PWD/${filename}"\nkubectl get pods`}</Code>
      <Text size="sm" c="dimmed">
        It holds a token: give it to nobody. After the end, sign in again and download a new one.
      </Text>
    </Stack>
  );
}
