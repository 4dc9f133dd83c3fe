import type { DashboardSearch } from './dashboard-search.ts';
import { selectorOf } from './kubernetes-object.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** Something worth knowing of an object of a common kind. */
export interface KindFact {
  readonly name: string;
  readonly text: string;
  /** What in the dashboard it leads to. */
  readonly to?: Pick<DashboardSearch, 'kind' | 'name' | 'of' | 'namespace' | 'labels' | 'fields'> | undefined;
}

/** One value below an object, which may be of any shape: `spec.replicas`. */
type Read = (path: string) => unknown;
type Maker = (read: Read, object: KubernetesObject) => KindFact | null;

/** Facts by API group and kind: a custom resource may be called like a built-in one. */
const MAKERS: Readonly<Record<string, readonly Maker[]>> = {
  '/Pod': [
    of('Phase', 'status.phase'),
    of('Reason', 'status.reason'),
    (read) => link('Node', read('spec.nodeName'), (name) => ({ kind: 'v1/nodes', name })),
    of('Address', 'status.podIP'),
    (read, { metadata: { namespace } }) =>
      link('Service account', read('spec.serviceAccountName'), (name) => ({
        ...{ kind: 'v1/serviceaccounts', name },
        of: namespace,
      })),
    of('Quality of service', 'status.qosClass'),
    containers('Init containers', 'spec.initContainers', 'status.initContainerStatuses'),
    containers('Containers', 'spec.containers', 'status.containerStatuses'),
    containers('Ephemeral containers', 'spec.ephemeralContainers', 'status.ephemeralContainerStatuses'),
  ],
  'apps/Deployment': [
    ratio('Ready', 'status.readyReplicas', 'spec.replicas'),
    of('Up to date', 'status.updatedReplicas'),
    of('Strategy', 'spec.strategy.type'),
    images('spec.template.spec'),
    (_read, object) =>
      link('ReplicaSets', selectorOf(object), (labels) => ({
        ...{ kind: 'apps/v1/replicasets', labels },
        namespace: object.metadata.namespace,
      })),
  ],
  'apps/StatefulSet': [
    ratio('Ready', 'status.readyReplicas', 'spec.replicas'),
    of('Up to date', 'status.updatedReplicas'),
    of('Strategy', 'spec.updateStrategy.type'),
    of('Service', 'spec.serviceName'),
    images('spec.template.spec'),
  ],
  'apps/DaemonSet': [
    ratio('Ready', 'status.numberReady', 'status.desiredNumberScheduled'),
    of('Up to date', 'status.updatedNumberScheduled'),
    of('Strategy', 'spec.updateStrategy.type'),
    images('spec.template.spec'),
  ],
  'apps/ReplicaSet': [ratio('Ready', 'status.readyReplicas', 'spec.replicas'), images('spec.template.spec')],
  'batch/Job': [
    ratio('Succeeded', 'status.succeeded', 'spec.completions'),
    of('Active', 'status.active'),
    of('Failed', 'status.failed'),
    of('Began', 'status.startTime'),
    of('Completed', 'status.completionTime'),
    images('spec.template.spec'),
  ],
  'batch/CronJob': [
    of('Schedule', 'spec.schedule'),
    of('Time zone', 'spec.timeZone'),
    of('Suspended', 'spec.suspend'),
    of('Last run', 'status.lastScheduleTime'),
    of('Concurrency', 'spec.concurrencyPolicy'),
    images('spec.jobTemplate.spec.template.spec'),
  ],
  '/Service': [
    of('Type', 'spec.type'),
    of('Cluster address', 'spec.clusterIP'),
    listed('External addresses', 'spec.externalIPs', (each) => words(each)),
    of('External name', 'spec.externalName'),
    listed('Load balancer', 'status.loadBalancer.ingress', (each) => words(at(each, 'hostname') ?? at(each, 'ip'))),
    of('Session affinity', 'spec.sessionAffinity'),
  ],
  'networking.k8s.io/Ingress': [
    of('Class', 'spec.ingressClassName'),
    listed('Hosts', 'spec.rules', (rule) => words(at(rule, 'host') ?? '*')),
    listed('TLS', 'spec.tls', (each) => words(at(each, 'secretName'))),
    listed('Addresses', 'status.loadBalancer.ingress', (each) => words(at(each, 'hostname') ?? at(each, 'ip'))),
  ],
  '/PersistentVolumeClaim': [
    of('Phase', 'status.phase'),
    (read) => link('Volume', read('spec.volumeName'), (name) => ({ kind: 'v1/persistentvolumes', name })),
    of('Capacity', 'status.capacity.storage'),
    of('Asked for', 'spec.resources.requests.storage'),
    of('Storage class', 'spec.storageClassName'),
    listed('Access', 'spec.accessModes', (each) => words(each)),
  ],
  '/Node': [
    of('Version', 'status.nodeInfo.kubeletVersion'),
    of('System', 'status.nodeInfo.osImage'),
    of('Container runtime', 'status.nodeInfo.containerRuntimeVersion'),
    (read) => fact('Cordoned', read('spec.unschedulable') === true ? 'yes' : ''),
    listed('Addresses', 'status.addresses', (each) => `${words(at(each, 'type'))} ${words(at(each, 'address'))}`),
    listed('Taints', 'spec.taints', (each) => `${words(at(each, 'key'))}: ${words(at(each, 'effect'))}`),
    of('CPU', 'status.allocatable.cpu'),
    of('Memory', 'status.allocatable.memory'),
    of('Pods at most', 'status.allocatable.pods'),
    (_read, { metadata: { name } }) => ({
      ...fact('Pods', 'those on this node'),
      to: { kind: 'v1/pods', fields: `spec.nodeName=${name}` },
    }),
  ],
  '/Namespace': [
    of('Phase', 'status.phase'),
    (_read, { metadata: { name } }) => ({ ...fact('Pods', 'those in it'), to: { kind: 'v1/pods', namespace: name } }),
  ],
  '/Event': [
    of('Type', 'type'),
    of('Reason', 'reason'),
    of('Message', 'message'),
    of('Times', 'count'),
    of('Last seen', 'lastTimestamp'),
    (read) => fact('About', `${words(read('involvedObject.kind'))} ${words(read('involvedObject.name'))}`.trim()),
    of('From', 'source.component'),
  ],
  'autoscaling/HorizontalPodAutoscaler': [
    (read) => fact('Scales', `${words(read('spec.scaleTargetRef.kind'))} ${words(read('spec.scaleTargetRef.name'))}`),
    (read) => fact('Replicas', `${words(read('spec.minReplicas') ?? 1)} to ${words(read('spec.maxReplicas'))}`),
    of('Now', 'status.currentReplicas'),
    of('Wanted', 'status.desiredReplicas'),
  ],
};

/** What is worth knowing of an object of a common kind, as far as it is known; nothing of any other. */
export function kindFacts(object: KubernetesObject): KindFact[] {
  const group = object.apiVersion.includes('/') ? object.apiVersion.replace(/\/.*$/, '') : '';
  const read: Read = (path) => at(object, path);
  return (MAKERS[`${group}/${object.kind}`] ?? []).flatMap((make) => {
    const made = make(read, object);
    return made === null || made.text === '' ? [] : [made];
  });
}

function fact(name: string, text: string): KindFact {
  return { name, text };
}

function of(name: string, path: string): Maker {
  return (read) => fact(name, words(read(path)));
}

function ratio(name: string, part: string, whole: string): Maker {
  return (read) => fact(name, `${words(read(part) ?? 0)} of ${words(read(whole) ?? 1)}`);
}

function listed(name: string, path: string, textOf: (each: unknown) => string): Maker {
  return (read) => fact(name, itemsOf(read(path)).map(textOf).join(', '));
}

function images(path: string): Maker {
  return listed('Images', `${path}.containers`, (each) => words(at(each, 'image')));
}

function link(name: string, value: unknown, to: (value: string) => KindFact['to']): KindFact | null {
  const text = words(value);
  return text === '' ? null : { name, text, to: to(text) };
}

/** Each with its image, how it is, and how often it was started again. */
function containers(name: string, specs: string, statuses: string): Maker {
  return (read) => {
    const found = itemsOf(read(statuses));
    const lines = itemsOf(read(specs)).map((spec) => {
      const status = found.find((each) => at(each, 'name') === at(spec, 'name'));
      const state = at(status, 'state');
      const [kind = 'waiting'] = typeof state === 'object' && state !== null ? Object.keys(state) : [];
      const reason = words(at(state, `${kind}.reason`));
      const restarts = Number(at(status, 'restartCount') ?? 0);
      return [
        `${words(at(spec, 'name'))}: ${words(at(spec, 'image'))}, ${kind}`,
        reason === '' ? '' : ` (${reason})`,
        restarts === 0 ? '' : `, started again ${restarts} ×`,
      ].join('');
    });
    return fact(name, lines.join('\n'));
  };
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function words(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
