import { z } from 'zod';
import { endsBySchema } from './session.ts';

/** How far a local cluster has come. */
const clusterProgressSchema = z.object({
  stage: z.string().describe('What is done now, for people'),
  fraction: z.number().min(0).max(1),
  elapsedMs: z.int(),
  remainingMs: z.int().nullable().describe('An estimate'),
});

/** The caller's live Kubernetes session at a place. */
const clusterSessionSchema = z.object({
  id: z.string(),
  startedAt: z.iso.datetime(),
  endsAt: z.iso.datetime().nullable(),
  endsBy: endsBySchema,
});
export type ClusterSession = z.infer<typeof clusterSessionSchema>;

/** `GET /api/clusters`. */
const clusterSchema = z
  .object({
    id: z.string(),
    name: z.string().describe('The context of the kubeconfig, or what the cluster is called'),
    source: z.enum(['kubeconfig', 'in-cluster', 'local']),
    state: z.enum(['building', 'starting', 'ready', 'unreachable', 'failed']),
    version: z.string().nullable(),
    message: z.string().nullable().describe('Why it is not ready, or what is missing'),
    checkedAt: z.iso.datetime().nullable(),
    progress: clusterProgressSchema.nullable(),
    shell: z.object({ available: z.boolean(), reason: z.string().nullable() }),
    session: clusterSessionSchema.nullable().describe("The caller's live session of the whole cluster"),
    whole: z
      .boolean()
      .optional()
      .describe('Whether the caller reaches the whole cluster, and not only tenants; an older replica does not say it'),
    tenants: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          namespace: z.string(),
          readOnly: z.boolean(),
          session: clusterSessionSchema.nullable().describe("The caller's live session in it"),
        }),
      )
      .optional()
      .describe('Those that the caller may enter; an older replica does not say it'),
  })
  .meta({ id: 'Cluster' });
export type ClusterView = z.infer<typeof clusterSchema>;
export const clusterListSchema = z.object({
  items: z.array(clusterSchema),
  gateway: z
    .object({
      url: z.string().describe('Where kubectl finds the clusters: `<url>/k8s/clusters/<id>`'),
      caPem: z
        .string()
        .nullable()
        .describe('The authority that signed its certificate; null where the system knows it'),
    })
    .optional()
    .describe('How the gateway is reached from outside; an older replica does not say it'),
});

/** `POST /api/clusters/:cluster/kubeconfig`. */
export const kubeconfigSchema = z
  .object({ filename: z.string(), kubeconfig: z.string(), endsAt: z.iso.datetime().nullable() })
  .meta({ id: 'Kubeconfig' });

/** `POST /api/clusters/:cluster/credential`: what the exec credential plugin hands to kubectl. */
export const credentialSchema = z
  .object({
    token: z.string(),
    endsAt: z.iso.datetime().describe('At the latest; the inactivity timeout may end the session sooner'),
    sessionId: z.string().describe('The Kubernetes session'),
  })
  .meta({ id: 'Credential' });

/** A grant of a cluster to a user or a role (`/api/clusters/:cluster/grants`). */
export const grantSchema = z
  .object({ kind: z.enum(['user', 'role']), subject: z.string().describe('A username, or a role') })
  .meta({ id: 'Grant' });
const grantListItemSchema = grantSchema.extend({
  ending: z.int().describe('How many live Kubernetes sessions end when it is taken away'),
});
export type GrantListItem = z.infer<typeof grantListItemSchema>;
export const grantListSchema = z.object({ items: z.array(grantListItemSchema) });
