import { z } from 'zod';
import { tenantGroup } from '../../core/tenant.ts';
import type { Tenant } from '../../core/tenant.ts';

const RBAC = 'rbac.authorization.k8s.io';
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const TENANT = 'curfew.io/tenant';
/** Which portal made it, for those that share a cluster: none takes away what another one's tenants need. */
const PORTAL = 'curfew.io/portal';

/** What finds the role bindings of tenants, whichever portal's, in the form of a query. */
export const LABEL_SELECTOR = encodeURIComponent(`${MANAGED_BY}=curfew,${TENANT}`);

const subjectSchema = z.object({ apiGroup: z.string().default(''), kind: z.string(), name: z.string() });
export const bindingSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  roleRef: z.object({ apiGroup: z.string(), kind: z.string(), name: z.string() }),
  subjects: z.array(subjectSchema).default([]),
});
/** A role binding that is in the cluster. */
export type FoundBinding = z.infer<typeof bindingSchema>;

/** A role binding as it has to be. */
export interface WantedBinding {
  readonly apiVersion: string;
  readonly kind: 'RoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly roleRef: FoundBinding['roleRef'];
  readonly subjects: readonly z.infer<typeof subjectSchema>[];
}

/** What a tenant's groups are bound to in its namespace; nothing, where an administrator does that. */
export function bindingsOf(tenant: Tenant, portalId: string): WantedBinding[] {
  if (tenant.bindings === 'own') return [];
  const binding = (entry: 'full' | 'read-only', suffix: string, clusterRole: string): WantedBinding => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: {
      // By the id: a name may be another tenant's later.
      name: `curfew-tenant-${tenant.id}${suffix}`,
      namespace: tenant.namespace,
      labels: { [MANAGED_BY]: 'curfew', [TENANT]: tenant.id, [PORTAL]: portalId },
    },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: tenantGroup(tenant.id, entry) }],
  });
  return [binding('full', '', 'edit'), binding('read-only', '-read-only', 'view')];
}

/** What has to be done about a role binding; `foreign`: nothing, it is not Curfew's. */
export function differenceOf(found: FoundBinding, wanted: WantedBinding): 'none' | 'foreign' | 'replace' | 'remake' {
  const { labels } = found.metadata;
  const hasLabel = (name: string): boolean => labels[name] === wanted.metadata.labels[name];
  if (!hasLabel(MANAGED_BY) || !hasLabel(TENANT)) return 'foreign';
  // The API server lets nobody change it.
  if (!isSame(found.roleRef, wanted.roleRef)) return 'remake';
  const [subject, ...more] = found.subjects;
  const [wantedSubject] = wanted.subjects;
  const hasSubject = subject !== undefined && wantedSubject !== undefined && isSame(subject, wantedSubject);
  // A copy of this portal, on a copy of its database, wants the same: let it be whoever's it is.
  return hasSubject && more.length === 0 && PORTAL in labels ? 'none' : 'replace';
}

/** Whether this very portal made it. */
export function isMadeBy({ metadata: { labels } }: FoundBinding, portalId: string): boolean {
  return labels[PORTAL] === portalId;
}

/** Where it is, for comparing. */
export function placeOf({ metadata: { namespace, name } }: FoundBinding | WantedBinding): string {
  return `${namespace}/${name}`;
}

function isSame(found: z.infer<typeof subjectSchema>, wanted: z.infer<typeof subjectSchema>): boolean {
  return found.apiGroup === wanted.apiGroup && found.kind === wanted.kind && found.name === wanted.name;
}
