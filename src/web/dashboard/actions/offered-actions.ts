import { z } from 'zod';
import type { KubernetesObject } from '../kubernetes-object.ts';
import type { ResourceType } from '../resource-type.ts';
import type { Rights } from '../rights.ts';

export type Action =
  'scale' | 'restart' | 'undo' | 'trigger' | 'suspend' | 'resume' | 'cordon' | 'uncordon' | 'drain' | 'delete';

const SCALES = new Set(['deployments.apps', 'statefulsets.apps', 'replicasets.apps', 'replicationcontrollers']);
/** What is rolled out, and where its revisions are. */
const ROLLS_OUT = new Map([
  ['deployments.apps', 'replicasets'],
  ['statefulsets.apps', 'controllerrevisions'],
  ['daemonsets.apps', 'controllerrevisions'],
]);
const specSchema = z.object({
  spec: z.object({
    paused: z.boolean().default(false),
    suspend: z.boolean().default(false),
    unschedulable: z.boolean().default(false),
  }),
});

/** What can be done with an object as it is now, and is allowed. */
export function offeredActions(type: ResourceType, object: KubernetesObject, rights: Rights): Action[] {
  const { group, plural, verbs } = type;
  const resource = group === '' ? plural : `${plural}.${group}`;
  const may = rights(type, object.metadata.name);
  const spec = specSchema.safeParse(object).data?.spec ?? { paused: false, suspend: false, unschedulable: false };
  const revisions = ROLLS_OUT.get(resource);
  const isCronJob = resource === 'cronjobs.batch';
  const isNode = resource === 'nodes';
  const pods = rights({ group: '', plural: 'pods' });
  const actions: [Action, boolean][] = [
    ['scale', SCALES.has(resource) && may('patch', 'scale')],
    ['restart', revisions !== undefined && may('patch')],
    // A paused one would take the template and do nothing.
    ['undo', revisions !== undefined && !spec.paused && may('patch') && rights({ group, plural: revisions })('list')],
    ['trigger', isCronJob && rights({ group, plural: 'jobs' })('create')],
    ['suspend', isCronJob && !spec.suspend && may('patch')],
    ['resume', isCronJob && spec.suspend && may('patch')],
    ['cordon', isNode && !spec.unschedulable && may('patch')],
    ['uncordon', isNode && spec.unschedulable && may('patch')],
    ['drain', isNode && may('patch') && pods('list') && pods('create', 'eviction')],
    ['delete', verbs.includes('delete') && may('delete')],
  ];
  return actions.filter(([, isOffered]) => isOffered).map(([action]) => action);
}
