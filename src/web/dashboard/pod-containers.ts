import { z } from 'zod';
import type { KubernetesObject } from './kubernetes-object.ts';

const namedSchema = z.array(z.object({ name: z.string() })).nullish();
const statusesSchema = z
  .array(z.object({ name: z.string(), state: z.object({ running: z.unknown().optional() }).nullish() }))
  .nullish();
const podSchema = z.object({
  spec: z.object({ containers: namedSchema, initContainers: namedSchema, ephemeralContainers: namedSchema }),
  status: z
    .object({
      containerStatuses: statusesSchema,
      initContainerStatuses: statusesSchema,
      ephemeralContainerStatuses: statusesSchema,
    })
    .nullish(),
});

export interface PodContainer {
  readonly name: string;
  readonly isRunning: boolean;
}

/** The containers of a pod: its own first, then those that it starts with, then those that somebody added to look at it. */
export function containersOf(pod: KubernetesObject): PodContainer[] {
  const { spec, status } = podSchema.parse(pod);
  const states = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const running = new Set(states.filter(({ state }) => state?.running !== undefined).map(({ name }) => name));
  return [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(
    ({ name }) => ({ name, isRunning: running.has(name) }),
  );
}
