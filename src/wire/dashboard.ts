import { z } from 'zod';
import { endsBySchema, sessionEventSchemas } from './session.ts';
import { terminalServerMessageSchema } from './shell.ts';

/** `POST /api/dashboards`. */
export const openDashboardSchema = z.object({
  cluster: z.string().min(1).max(63),
  tenant: z.string().max(64).optional().describe('The id of a tenant of that cluster; without it, the whole cluster'),
});

/**
 * A dashboard: a page's access to a cluster under one Kubernetes session. Its requests go to the gateway with the header
 * `Curfew-Kubernetes-Session`, its watches over the websocket at `/api/dashboards/:sessionId/streams`.
 */
export const dashboardSchema = z
  .object({
    sessionId: z.string(),
    cluster: z.object({ id: z.string(), name: z.string() }),
    tenant: z.object({ name: z.string(), namespace: z.string() }).nullable(),
    readOnly: z.boolean(),
    endsAt: z.iso.datetime().nullable(),
    endsBy: endsBySchema,
  })
  .meta({ id: 'Dashboard' });
export type DashboardView = z.infer<typeof dashboardSchema>;

/** Under which of its Kubernetes sessions a page asks the gateway; without it a cookie means the whole cluster. */
export const KUBERNETES_SESSION_HEADER = 'Curfew-Kubernetes-Session';

const kubernetesName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/);

/**
 * A terminal in a container is a websocket of its own, at `/api/dashboards/:sessionId/terminal` with this query. It speaks
 * what the API server speaks for an exec: channels of `v4.channel.k8s.io`.
 */
export const podTerminalSchema = z.object({
  namespace: kubernetesName,
  pod: kubernetesName,
  container: kubernetesName,
});
export type PodTerminal = z.infer<typeof podTerminalSchema>;

/** The channels of `v4.channel.k8s.io`, each a frame's first byte. The error channel carries a `Status` when it is over. */
export const EXEC_CHANNELS = { input: 0, output: 1, errors: 2, status: 3, resize: 4 } as const;

/** What a page sends over the websocket: paths of the Kubernetes API that are watches or logs that are followed. */
export const dashboardClientMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('open'),
    id: z.int().min(0),
    path: z
      .string()
      .max(8192)
      .regex(/^\/apis?\/[\u0021-\u007e]+$/),
  }),
  z.object({ type: z.literal('close'), id: z.int().min(0) }),
  /** A person did something in the page that asks the cluster nothing: typed, scrolled, searched. */
  z.object({ type: z.literal('activity') }),
]);
export type DashboardClientMessage = z.infer<typeof dashboardClientMessageSchema>;

const [, deadline] = terminalServerMessageSchema.options;

/** What the server sends: what the streams carry, and how the session stands. */
export const dashboardServerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), id: z.int() }),
  z.object({ type: z.literal('data'), id: z.int(), text: z.string() }),
  /** A stream is over: by itself with 200, else as the answer's status says. */
  z.object({
    type: z.literal('over'),
    id: z.int(),
    status: z.int(),
    message: z.string(),
    retryAfterMs: z.int().nullable(),
  }),
  deadline,
  z.object({ type: z.literal('ended'), ...sessionEventSchemas.ended.shape }),
]);
export type DashboardServerMessage = z.infer<typeof dashboardServerMessageSchema>;

/** Close codes of the websocket. A page connects again after any other. */
export const DASHBOARD_CLOSE = {
  /** What was sent is not of this protocol. */
  invalid: 4000,
  /** The `ended` message came before it. */
  ended: 4001,
  /** Too many pages of one session. */
  tooMany: 4005,
} as const;
