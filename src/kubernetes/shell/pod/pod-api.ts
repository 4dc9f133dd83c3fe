import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../../core/clock.ts';
import type { Cluster } from '../../clusters/cluster.ts';
import { createOwnApi, unlessMissing } from '../../clusters/own-api.ts';
import { SHELL_CONTAINER, SHELL_LABELS } from './pod-spec.ts';

const conditionSchema = z.object({ type: z.string(), status: z.string(), message: z.string().default('') });
const stateSchema = z.object({ reason: z.string().default(''), message: z.string().default('') });
const podSchema = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.iso.datetime() }),
  status: z.object({
    phase: z.string().default('Pending'),
    conditions: z.array(conditionSchema).default([]),
    containerStatuses: z
      .array(
        z.object({
          state: z.object({
            running: z.unknown().optional(),
            waiting: stateSchema.optional(),
            terminated: stateSchema.optional(),
          }),
        }),
      )
      .default([]),
  }),
});
export type ShellPod = z.infer<typeof podSchema>;
const podListSchema = z.object({ items: z.array(podSchema) });

export interface Permission {
  readonly verb: string;
  readonly subresource?: string;
}

/** The API server, as far as the pods of shells are concerned, with the cluster's own credential. */
export interface PodApi {
  /** @throws ApiError */
  create(pod: object): Promise<void>;
  /** @returns null where there is none */
  read(name: string): Promise<ShellPod | null>;
  list(): Promise<ShellPod[]>;
  /** Without any grace: the kubelet kills what runs in it. One that is not there is as good as deleted. */
  delete(name: string): Promise<void>;
  mayI(permission: Permission): Promise<boolean>;
  /** Asks for an exec; the websocket is not open yet. */
  exec(name: string, command: readonly string[], options: { tty: boolean }): Promise<WebSocket>;
}

export function createPodApi(cluster: Cluster, namespace: string, clock: Clock): PodApi {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const { call, mayI } = createOwnApi(cluster, clock);
  return {
    create: async (pod) => void (await call('POST', pods, pod)),
    async read(name) {
      const answer = await unlessMissing(call('GET', `${pods}/${name}`));
      return answer === null ? null : podSchema.parse(answer);
    },
    async list() {
      const selector = Object.entries(SHELL_LABELS).map((pair) => pair.join('='));
      const answer = await call('GET', `${pods}?labelSelector=${encodeURIComponent(selector.join(','))}`);
      return podListSchema.parse(answer).items;
    },
    delete: async (name) => void (await unlessMissing(call('DELETE', `${pods}/${name}?gracePeriodSeconds=0`))),
    mayI: (permission) => mayI({ namespace, resource: 'pods', ...permission }),
    async exec(name, command, { tty }) {
      const query = new URLSearchParams({ container: SHELL_CONTAINER, stdin: 'true', stdout: 'true' });
      query.set('tty', String(tty));
      for (const word of command) query.append('command', word);
      const connection = await cluster.connect();
      return connection.openWebSocket(`${pods}/${name}/exec?${query.toString()}`, 'v4.channel.k8s.io');
    },
  };
}
