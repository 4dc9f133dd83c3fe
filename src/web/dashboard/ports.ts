import { z } from 'zod';
import type { KubernetesObject } from './kubernetes-object.ts';

export interface Port {
  /** Unique among those of its object. */
  readonly key: string;
  /** The container's; null for a Service. */
  readonly container: string | null;
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** Where it leads to, and where else it is reached. */
  readonly more: string;
}

const containersSchema = z
  .array(
    z.object({
      name: z.string(),
      ports: z
        .array(
          z.object({
            name: z.string().default(''),
            containerPort: z.number(),
            hostPort: z.number().optional(),
            protocol: z.string().default('TCP'),
          }),
        )
        .nullish(),
    }),
  )
  .nullish();
const podSchema = z.object({ spec: z.object({ containers: containersSchema, initContainers: containersSchema }) });
const serviceSchema = z.object({
  spec: z.object({
    ports: z
      .array(
        z.object({
          name: z.string().default(''),
          port: z.number(),
          targetPort: z.union([z.number(), z.string()]).optional(),
          nodePort: z.number().optional(),
          protocol: z.string().default('TCP'),
        }),
      )
      .nullish(),
  }),
});

/** The ports that a Pod's containers or a Service name; none of anything else. */
export function readPorts(object: KubernetesObject): Port[] {
  if (object.apiVersion !== 'v1') return [];
  if (object.kind === 'Pod') return portsOfPod(object);
  return object.kind === 'Service' ? portsOfService(object) : [];
}

function portsOfPod(pod: KubernetesObject): Port[] {
  const { containers, initContainers } = podSchema.parse(pod).spec;
  return [...(containers ?? []), ...(initContainers ?? [])].flatMap(({ name: container, ports }) =>
    (ports ?? []).map(({ name, containerPort: port, hostPort, protocol }) => ({
      ...{ key: `${container} ${port} ${protocol} ${hostPort}`, container, name, port, protocol },
      more: hostPort === undefined ? '' : `port ${hostPort} of the node`,
    })),
  );
}

function portsOfService(service: KubernetesObject): Port[] {
  return (serviceSchema.parse(service).spec.ports ?? []).map(({ name, port, targetPort, nodePort, protocol }) => ({
    ...{ key: `${port} ${protocol}`, container: null, name, port, protocol },
    more: [
      ...(targetPort === undefined ? [] : [`to ${targetPort} of its pods`]),
      ...(nodePort === undefined ? [] : [`port ${nodePort} of the nodes`]),
    ].join(', '),
  }));
}
