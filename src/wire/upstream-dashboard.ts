import { z } from 'zod';

/** `GET /api/upstream-dashboards`: those of the clusters that the caller reaches as a whole. */
export const upstreamDashboardSchema = z
  .object({
    id: z.string(),
    cluster: z.string(),
    name: z.string(),
    url: z.string().describe('Where it is opened; Curfew asks there who it is'),
    hostname: z.string(),
    upstream: z.string().nullable().describe('Where Curfew finds it; for administrators only'),
    passesCredential: z.boolean().nullable().describe('Whether it is given a credential; for administrators only'),
  })
  .meta({ id: 'UpstreamDashboard' });
export type UpstreamDashboardView = z.infer<typeof upstreamDashboardSchema>;
export const upstreamDashboardListSchema = z.object({ items: z.array(upstreamDashboardSchema) });

/** `POST /api/upstream-dashboards` (administrators). */
export const registerUpstreamDashboardSchema = z.object({
  cluster: z.string().max(63),
  name: z.string().max(256),
  hostname: z.string().max(256),
  upstream: z.string().max(512),
  passesCredential: z
    .boolean()
    .default(false)
    .describe('Gives it `Authorization: Bearer` with a credential of the user’s Kubernetes session at the gateway'),
});

/** `POST /api/upstream-dashboards/:id/entry`: consent of somebody who is signed in. */
export const enterUpstreamDashboardSchema = z.object({
  state: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .describe('What the dashboard’s hostname sent the browser here with'),
});
export const upstreamEntrySchema = z.object({
  url: z.string().describe('Where to go now. Its code works once, within a minute, in the browser that asked'),
});
