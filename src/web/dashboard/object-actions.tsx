import { Button, Checkbox, Menu, NumberInput, Select, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { z } from 'zod';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import type { KubernetesObject } from './kubernetes-object.ts';
import type { KubernetesRequest } from './kubernetes-api.ts';
import { objectPath } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';
import { useRights } from './rights.ts';
import type { Dashboard } from './use-dashboard.ts';

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
  readonly object: KubernetesObject;
}

type Action = 'scale' | 'restart' | 'delete';

const SCALES = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers']);
const RESTARTS = new Set(['deployments', 'statefulsets', 'daemonsets']);
const MERGE = 'application/merge-patch+json';
const replicasSchema = z.object({ spec: z.object({ replicas: z.int() }) });

/** What the caller may do with an object, as the cluster's own rules say it. */
export function ObjectActions({ dashboard, type, object }: Props) {
  const [action, setAction] = useState<Action | null>(null);
  const { name, namespace = null } = object.metadata;
  const may = useRights(dashboard, type, { namespace, name });
  const isBuiltIn = type.group === 'apps' || type.group === '';
  const actions: [Action, string, boolean][] = [
    ['scale', 'Scale', isBuiltIn && SCALES.has(type.plural) && may('patch', 'scale')],
    ['restart', 'Restart', type.group === 'apps' && RESTARTS.has(type.plural) && may('patch')],
    ['delete', 'Delete', type.verbs.includes('delete') && may('delete')],
  ];
  const offered = actions.filter(([, , isOffered]) => isOffered);
  const path = objectPath(type, namespace, name);
  const dialog = {
    onClose: () => setAction(null),
    send: async (request: Omit<KubernetesRequest, 'path'> & { readonly subresource?: string }, done: string) => {
      await dashboard.api.json({ ...request, path: path + (request.subresource ?? '') });
      notifications.show({ message: done });
    },
  };
  if (offered.length === 0) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" ml="auto" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offered.map(([id, label]) => (
            <Menu.Item key={id} {...(id === 'delete' && { color: 'red' })} onClick={() => setAction(id)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {action === 'scale' && <ScaleDialog {...dialog} object={object} />}
      {action === 'restart' && <RestartDialog {...dialog} object={object} />}
      {action === 'delete' && <DeleteDialog {...dialog} object={object} />}
    </>
  );
}

interface DialogProps {
  readonly object: KubernetesObject;
  readonly onClose: () => void;
  readonly send: (request: Omit<KubernetesRequest, 'path'> & { subresource?: string }, done: string) => Promise<void>;
}

function ScaleDialog({ object, send, onClose }: DialogProps) {
  const [replicas, setReplicas] = useState(replicasSchema.safeParse(object).data?.spec.replicas ?? 1);
  const words = `${object.kind} ${object.metadata.name}`;
  const body = JSON.stringify({ spec: { replicas } });
  return (
    <FormDialog
      title={`Scale ${words}`}
      action="Scale"
      onClose={onClose}
      run={() =>
        send({ method: 'PATCH', subresource: '/scale', contentType: MERGE, body }, `${words} is scaled to ${replicas}.`)
      }
    >
      <NumberInput
        label="Replicas"
        min={0}
        max={100_000}
        allowDecimal={false}
        clampBehavior="strict"
        data-autofocus
        value={replicas}
        onChange={(next) => setReplicas(Number(next))}
      />
    </FormDialog>
  );
}

function RestartDialog({ object, send, onClose }: DialogProps) {
  const words = `${object.kind} ${object.metadata.name}`;
  const run = (): Promise<void> => {
    // As `kubectl rollout restart` does it.
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    const body = JSON.stringify({ spec: { template: { metadata: { annotations } } } });
    return send({ method: 'PATCH', contentType: MERGE, body }, `${words} restarts.`);
  };
  return (
    <ConfirmDialog title={`Restart ${words}?`} action="Restart" onClose={onClose} run={run}>
      <Text size="sm">Its pods are replaced, as many at a time as its update strategy allows.</Text>
    </ConfirmDialog>
  );
}

/** What takes much along when it goes. */
const DANGEROUS = new Set([
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'PersistentVolume',
  'PersistentVolumeClaim',
]);

function DeleteDialog({ object, send, onClose }: DialogProps) {
  const [propagation, setPropagation] = useState('Background');
  const [isForced, setForced] = useState(false);
  const { kind, metadata } = object;
  const words = `${kind} ${metadata.name}`;
  const body = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: propagation },
    // Not what came to be under the same name meanwhile.
    preconditions: { uid: metadata.uid },
    ...(isForced && { gracePeriodSeconds: 0 }),
  });
  return (
    <ConfirmDialog
      title={`Delete ${words}?`}
      action="Delete"
      onClose={onClose}
      {...(DANGEROUS.has(kind) && { mustType: metadata.name })}
      run={() => send({ method: 'DELETE', body }, `${words} is being deleted.`)}
    >
      <Text size="sm">
        {kind === 'Namespace'
          ? 'Everything in it is deleted too. This cannot be undone.'
          : `${words}${metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`} is deleted. This cannot be undone.`}
      </Text>
      <Select
        label="What belongs to it"
        allowDeselect={false}
        data={[
          { value: 'Background', label: 'is deleted afterwards' },
          { value: 'Foreground', label: 'is deleted first' },
          { value: 'Orphan', label: 'stays' },
        ]}
        value={propagation}
        onChange={(next) => setPropagation(next ?? 'Background')}
      />
      {kind === 'Pod' && (
        <Checkbox
          label="At once, without letting it finish"
          checked={isForced}
          onChange={(event) => setForced(event.currentTarget.checked)}
        />
      )}
    </ConfirmDialog>
  );
}
