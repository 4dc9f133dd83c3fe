import { Button, Checkbox, Group, List, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/api-error.ts';
import { FormAlert } from '../../forms/form-alert.tsx';
import type { DialogProps } from './action-dialog.ts';
import { nodePodsPath } from './drain.ts';
import { DrainRun } from './drain-run.tsx';
import { isEvicted, readNodePods } from './node-pods.ts';
import type { Loss, NodePod } from './node-pods.ts';

/** Takes the pods off a node: asks what may be lost, then shows how it goes. */
export function DrainDialog({ dashboard, object, onClose }: DialogProps) {
  const [agreed, setAgreed] = useState<ReadonlySet<Loss>>(new Set());
  const [isBegun, setBegun] = useState(false);
  const part = { dashboard, node: object.metadata.name, agreed, onClose };
  return isBegun ? <DrainRun {...part} /> : <DrainPlan {...part} onAgree={setAgreed} onBegin={() => setBegun(true)} />;
}

interface PlanProps extends Pick<DialogProps, 'dashboard' | 'onClose'> {
  readonly node: string;
  readonly agreed: ReadonlySet<Loss>;
  readonly onAgree: (agreed: ReadonlySet<Loss>) => void;
  readonly onBegin: () => void;
}

const QUESTIONS: [Loss, string][] = [
  ['data', 'Also evict pods whose data in an emptyDir is lost'],
  ['pod', 'Also evict pods that have no controller and do not come back'],
];

function DrainPlan({ dashboard: { api, sessionId }, node, agreed, onAgree, onBegin, onClose }: PlanProps) {
  const { data, error } = useQuery({
    queryKey: ['dashboard', sessionId, 'pods-of', node],
    queryFn: async ({ signal }) => readNodePods(await api.json({ path: nodePodsPath(node), signal })),
    retry: false,
    gcTime: 0,
  });
  const evicted = data?.filter((pod) => isEvicted(pod, agreed)).length ?? 0;
  return (
    <Modal opened size="lg" title={`Drain Node ${node}?`} onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm">
          It is cordoned, then its pods are evicted, as far as disruption budgets allow. Those of DaemonSets and of the
          node itself stay.
        </Text>
        <FormAlert>{error === null ? null : sentenceOf(error)}</FormAlert>
        {data === undefined && error === null && <Loader size="sm" />}
        {QUESTIONS.map(([loss, label]) => {
          const concerned = data?.filter(({ stays, losses }) => stays === null && losses.includes(loss)) ?? [];
          if (concerned.length === 0) return null;
          return (
            <div key={loss}>
              <Checkbox
                label={label}
                checked={agreed.has(loss)}
                onChange={({ currentTarget: { checked } }) =>
                  onAgree(checked ? agreed.union(new Set([loss])) : agreed.difference(new Set([loss])))
                }
              />
              <PodNames pods={concerned} />
            </div>
          );
        })}
        {data !== undefined && (
          <Text size="sm" role="status">
            {evicted} of {data.length} pods will be evicted.
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red" disabled={data === undefined} onClick={onBegin}>
            Drain
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const MOST_NAMES = 10;

function PodNames({ pods }: { pods: readonly NodePod[] }) {
  return (
    <List size="sm" withPadding>
      {pods.slice(0, MOST_NAMES).map(({ uid, namespace, name }) => (
        <List.Item key={uid} style={{ overflowWrap: 'anywhere' }}>
          {namespace}/{name}
        </List.Item>
      ))}
      {pods.length > MOST_NAMES && <List.Item>and {pods.length - MOST_NAMES} more</List.Item>}
    </List>
  );
}
