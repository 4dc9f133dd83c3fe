import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { ComponentType } from 'react';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { objectPath } from '../resource-type.ts';
import { usePaletteSource } from '../palette/palette-context.ts';
import type { ResourceType } from '../resource-type.ts';
import { useRights } from '../rights.ts';
import type { Dashboard } from '../use-dashboard.ts';
import type { DialogProps } from './action-dialog.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { DrainDialog } from './drain-dialog.tsx';
import { offeredActions } from './offered-actions.ts';
import type { Action } from './offered-actions.ts';
import { PATCHES } from './patches.ts';
import { PatchDialog } from './patch-dialog.tsx';
import { ScaleDialog } from './scale-dialog.tsx';
import { TriggerDialog } from './trigger-dialog.tsx';
import { UndoDialog } from './undo-dialog.tsx';

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
  readonly object: KubernetesObject;
}

const LABELS: Record<Action, string> = {
  scale: 'Scale',
  restart: 'Restart',
  undo: 'Undo a rollout',
  trigger: 'Run now',
  suspend: 'Suspend',
  resume: 'Resume',
  cordon: 'Cordon',
  uncordon: 'Uncordon',
  drain: 'Drain',
  delete: 'Delete',
};
const DIALOGS: Partial<Record<Action, ComponentType<DialogProps>>> = {
  scale: ScaleDialog,
  undo: UndoDialog,
  trigger: TriggerDialog,
  drain: DrainDialog,
  delete: DeleteDialog,
};

/** What the caller may do with an object, as the cluster's own rules say it. */
export function ObjectActions({ dashboard, type, object }: Props) {
  const [action, setAction] = useState<Action | null>(null);
  const { name, namespace = null } = object.metadata;
  const rights = useRights(dashboard, namespace);
  const offered = offeredActions(type, object, rights);
  usePaletteSource(() =>
    offered.map((each) => ({
      ...{ id: `action ${each}`, label: LABELS[each], description: `${object.kind} ${name}` },
      run: () => setAction(each),
    })),
  );
  const dialog: DialogProps = {
    ...{ dashboard, object, path: objectPath(type, namespace, name) },
    onClose: () => setAction(null),
    send: async (request, done) => {
      await dashboard.api.json(request);
      notifications.show({ message: done });
    },
  };
  const Dialog = action === null ? undefined : DIALOGS[action];
  const patch = action === null ? undefined : PATCHES[action];
  // What was begun goes on where the object, or the rules, change meanwhile.
  if (offered.length === 0 && action === null) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" ml="auto" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offered.map((each) => (
            <Menu.Item key={each} {...(each === 'delete' && { color: 'red' })} onClick={() => setAction(each)}>
              {LABELS[each]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {Dialog !== undefined && <Dialog {...dialog} />}
      {patch !== undefined && <PatchDialog {...dialog} patch={patch} />}
    </>
  );
}
