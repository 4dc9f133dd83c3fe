/** A kind of thing that the API server has, in the version that it prefers. */
export interface ResourceType {
  /** `v1/pods`, `apps/v1/deployments`: how the address of a page names it. */
  readonly key: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
}

/** The path of all things of a type, in one namespace or in all (null). */
export function collectionPath({ group, version, plural, namespaced }: ResourceType, namespace: string | null): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== null ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}`;
}

export function objectPath(type: ResourceType, namespace: string | null, name: string): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

const SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Workloads',
    ['pods', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicasets.apps', 'jobs.batch'].concat([
      'cronjobs.batch',
      'horizontalpodautoscalers.autoscaling',
      'replicationcontrollers',
      'poddisruptionbudgets.policy',
    ]),
  ],
  ['Network', ['services', 'endpoints', '.networking.k8s.io', '.discovery.k8s.io']],
  ['Configuration', ['configmaps', 'secrets', 'resourcequotas', 'limitranges', 'podtemplates']],
  ['Storage', ['persistentvolumeclaims', 'persistentvolumes', '.storage.k8s.io']],
  ['Access', ['serviceaccounts', '.rbac.authorization.k8s.io', '.certificates.k8s.io']],
  ['Cluster', ['nodes', 'namespaces', 'events', 'componentstatuses', '.k8s.io', '.policy', '.apps', '.extensions']],
];

/** Under which heading the sidebar shows a type: custom ones under their group. */
function sectionOf({ group, plural }: ResourceType): string {
  const name = group === '' ? plural : `${plural}.${group}`;
  const isIn = (each: string): boolean => (each.startsWith('.') ? name.endsWith(each) : name === each);
  return SECTIONS.find(([, names]) => names.some(isIn))?.[0] ?? (group === '' ? 'Cluster' : group);
}

/** The types of a sidebar by section, those that people look for most at the top of each. */
export function inSections(types: readonly ResourceType[]): [section: string, types: ResourceType[]][] {
  const order = SECTIONS.map(([section]) => section);
  const rank = ({ group, plural }: ResourceType): number => {
    const at = SECTIONS.flatMap(([, names]) => names).indexOf(group === '' ? plural : `${plural}.${group}`);
    return at < 0 ? Number.MAX_SAFE_INTEGER : at;
  };
  const sections = new Map<string, ResourceType[]>();
  for (const type of types) sections.set(sectionOf(type), [...(sections.get(sectionOf(type)) ?? []), type]);
  const place = (section: string): number => (order.includes(section) ? order.indexOf(section) : order.length);
  return [...sections]
    .toSorted(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([section, each]) => [section, each.toSorted((a, b) => rank(a) - rank(b) || a.kind.localeCompare(b.kind))]);
}

/** Types that a search means: by kind, plural, short name or group. The shortest kind that begins so comes first. */
export function searchTypes(types: readonly ResourceType[], search: string): ResourceType[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [...types];
  const score = ({ kind, plural, shortNames, group }: ResourceType): number => {
    if (shortNames.includes(wanted) || plural === wanted || kind.toLowerCase() === wanted) return 0;
    if (kind.toLowerCase().startsWith(wanted)) return 1;
    return kind.toLowerCase().includes(wanted) || group.includes(wanted) ? 2 : 3;
  };
  return types
    .filter((type) => score(type) < 3)
    .toSorted((a, b) => score(a) - score(b) || a.kind.length - b.kind.length || a.key.localeCompare(b.key));
}
