import { PRIVILEGED_POLICY, RESTRICTED_POLICY } from './pod-security.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** Bound in each namespace of the users', see namespace-roles.ts. */
export const EDITORS_BINDING = binding('RoleBinding', 'curfew-users', 'edit', ['curfew:users']);

/**
 * What Curfew's users may do in the local cluster: administrators everything, users `view` everywhere and `edit` in the
 * namespaces that are not the system's, read-only users `view`; all of them may see which namespaces and nodes there are.
 *
 * Nobody but administrators may change anything in `kube-system`: whoever may start a pod there, or read a secret, can
 * have the token of a controller that may change every role.
 */
export function curfewRoles(): string {
  const items = [
    role('curfew-overview', { apiGroups: [''], resources: ['namespaces', 'nodes'], verbs: ['get', 'list', 'watch'] }),
    bind('curfew-overview', 'curfew-overview', ['curfew:users', 'curfew:read-only']),
    bind('curfew-administrators', 'cluster-admin', ['curfew:administrators']),
    bind('curfew-users', 'view', ['curfew:users']),
    bind('curfew-read-only', 'view', ['curfew:read-only']),
    role(RESTRICTED_POLICY, mayUse(RESTRICTED_POLICY)),
    role(PRIVILEGED_POLICY, mayUse(PRIVILEGED_POLICY)),
    // A Deployment's pods are made by a controller, which is a service account as well, and run as one.
    bind(RESTRICTED_POLICY, RESTRICTED_POLICY, ['curfew:users', 'system:serviceaccounts']),
    {
      ...binding('RoleBinding', PRIVILEGED_POLICY, PRIVILEGED_POLICY, ['system:serviceaccounts:kube-system']),
      metadata: { name: PRIVILEGED_POLICY, namespace: 'kube-system' },
    },
    { ...EDITORS_BINDING, metadata: { ...EDITORS_BINDING.metadata, namespace: 'default' } },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function bind(name: string, clusterRole: string, groups: readonly string[]) {
  return binding('ClusterRoleBinding', name, clusterRole, groups);
}

function binding(
  kind: 'ClusterRoleBinding' | 'RoleBinding',
  name: string,
  clusterRole: string,
  groups: readonly string[],
) {
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
    subjects: groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group })),
  };
}

function role(name: string, rule: object) {
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [rule] };
}

function mayUse(policy: string): object {
  return { apiGroups: ['policy'], resources: ['podsecuritypolicies'], resourceNames: [policy], verbs: ['use'] };
}
