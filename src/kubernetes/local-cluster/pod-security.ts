export const RESTRICTED_POLICY = 'curfew-restricted';
export const PRIVILEGED_POLICY = 'curfew-privileged';

/** Volumes that show a pod nothing of the machine. */
const HARMLESS_VOLUMES = ['configMap', 'downwardAPI', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];
const SECCOMP = 'seccomp.security.alpha.kubernetes.io';

/**
 * What pods may be in the local cluster, whose node is this machine: without a policy, whoever may start a pod may start
 * one that is root of the machine. Who may use which is for roles to say (cluster-roles.ts).
 */
export function podSecurityPolicies(): string {
  const any = { rule: 'RunAsAny' };
  const policy = (name: string, annotations: object, spec: object) => ({
    apiVersion: 'policy/v1beta1',
    kind: 'PodSecurityPolicy',
    metadata: { name, annotations },
    spec: { seLinux: any, runAsUser: any, fsGroup: any, supplementalGroups: any, ...spec },
  });
  const items = [
    policy(
      RESTRICTED_POLICY,
      {
        [`${SECCOMP}/allowedProfileNames`]: 'runtime/default',
        [`${SECCOMP}/defaultProfileName`]: 'runtime/default',
      },
      {
        privileged: false,
        allowPrivilegeEscalation: false,
        requiredDropCapabilities: ['MKNOD', 'NET_RAW'],
        volumes: HARMLESS_VOLUMES,
      },
    ),
    policy(
      PRIVILEGED_POLICY,
      { [`${SECCOMP}/allowedProfileNames`]: '*' },
      {
        privileged: true,
        allowPrivilegeEscalation: true,
        allowedCapabilities: ['*'],
        allowedUnsafeSysctls: ['*'],
        hostNetwork: true,
        hostPorts: [{ min: 0, max: 65_535 }],
        hostPID: true,
        hostIPC: true,
        volumes: ['*'],
      },
    ),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
