import { BASHRC, COMPLETION } from '../bash-files.ts';
import { sandboxEnvironment } from '../bwrap-arguments.ts';
import { shellKubeconfig } from '../sandbox-files.ts';
import { RELAY_PORT, SANDBOX, SANDBOX_UID } from '../sandbox-layout.ts';
import type { SandboxRequest } from '../shell-workshop.ts';
import { RELAY_SILENCE_MS } from './pod-relay.ts';

/** How pods for shells are made, as it is configured. */
export interface PodSettings {
  /** The cluster that the pods run in; what their shells reach is another matter. */
  readonly clusterId: string;
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
}

export const SHELL_CONTAINER = 'shell';
/** By which the pods of shells are found, whichever portal made them. */
export const SHELL_LABELS = { 'app.kubernetes.io/name': 'curfew-shell', 'app.kubernetes.io/managed-by': 'curfew' };

/** What the image has to have in its PATH, besides bash and kubectl; `curfew-relay.c` is it. */
const RELAY = 'curfew-relay';
export const JOIN_COMMAND = [RELAY, 'join', String(RELAY_PORT)];
/** The kubeconfig is copied, so that `kubectl config` can change it. */
export const SHELL_COMMAND = [
  'bash',
  '-c',
  `umask 022; mkdir -p ~/.kube && cat ${SANDBOX.etc}/curfew/kubeconfig > "$KUBECONFIG"; exec bash --rcfile ${SANDBOX.etc}/curfew/bashrc -i`,
];

/** The files of `/etc/curfew`; they come with the pod, so that they are this portal's whatever image it is. */
const FILES = ['kubeconfig', 'bashrc', 'completion.bash'] as const;
/** What one shell may use, as in the other sandbox. Its temporary files are memory, and count as that. */
const LIMITS = { cpu: '1', memory: '512Mi', 'ephemeral-storage': '32Mi' };
const REQUESTS = { cpu: '20m', memory: '64Mi', 'ephemeral-storage': '8Mi' };
const SCRATCH = { medium: 'Memory', sizeLimit: '128Mi' };

/**
 * The pod of one shell: nothing of the cluster's is in it, nor anything that the restricted Pod Security Standard
 * refuses.
 *
 * @param activeDeadlineSeconds after which the kubelet ends it, whatever has become of the portal
 */
export function shellPod(
  settings: PodSettings,
  name: string,
  { clusterId, namespace }: Pick<SandboxRequest, 'clusterId' | 'namespace'>,
  activeDeadlineSeconds: number,
) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: settings.namespace,
      labels: SHELL_LABELS,
      annotations: {
        'curfew/kubeconfig': shellKubeconfig(clusterId, namespace),
        'curfew/bashrc': BASHRC,
        'curfew/completion.bash': COMPLETION,
      } satisfies Record<`curfew/${(typeof FILES)[number]}`, string>,
    },
    spec: {
      activeDeadlineSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      // It has nothing to look up, and no business knowing whom the node asks.
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['127.0.0.1'] },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: SANDBOX_UID,
        runAsGroup: SANDBOX_UID,
        fsGroup: SANDBOX_UID,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [shellContainer(settings, clusterId)],
      volumes: [
        { name: 'home', emptyDir: SCRATCH },
        { name: 'tmp', emptyDir: SCRATCH },
        { name: 'etc', downwardAPI: { items: FILES.map((path) => ({ path, fieldRef: annotation(path) })) } },
      ],
    },
  };
}

function shellContainer({ image, pullPolicy }: PodSettings, clusterId: string) {
  return {
    name: SHELL_CONTAINER,
    image,
    imagePullPolicy: pullPolicy,
    command: [RELAY, 'init', String(RELAY_PORT), String(RELAY_SILENCE_MS / 1000)],
    env: Object.entries(sandboxEnvironment(clusterId)).map(([name, value]) => ({ name, value })),
    workingDir: SANDBOX.home,
    resources: { limits: LIMITS, requests: REQUESTS },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'home', mountPath: SANDBOX.home },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'etc', mountPath: `${SANDBOX.etc}/curfew`, readOnly: true },
    ],
  };
}

function annotation(name: string) {
  return { fieldPath: `metadata.annotations['curfew/${name}']` };
}
