import { z } from 'zod';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { ResourceType } from './resource-type.ts';

const groupsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ groupVersion: z.string(), version: z.string() })),
      preferredVersion: z.object({ version: z.string() }),
    }),
  ),
});
const resourcesSchema = z.object({
  resources: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
      shortNames: z.array(z.string()).optional(),
    }),
  ),
});

export interface Discovery {
  /** What can be listed. */
  readonly types: readonly ResourceType[];
  /** Versions of groups that did not answer, as those of an extension whose server is away. */
  readonly missing: readonly string[];
}

interface Version {
  readonly group: string;
  readonly version: string;
  readonly path: string;
}

/** Everything that the API server has, each thing once: in its group's preferred version, where that has it. */
export async function discover(api: KubernetesApi): Promise<Discovery> {
  const { groups } = groupsSchema.parse(await api.json({ path: '/apis' }));
  const versions: Version[] = [
    { group: '', version: 'v1', path: '/api/v1' },
    ...groups.flatMap(({ name, versions: each, preferredVersion }) =>
      each
        .map(({ groupVersion, version }) => ({ group: name, version, path: `/apis/${groupVersion}` }))
        .toSorted(
          (a, b) => Number(b.version === preferredVersion.version) - Number(a.version === preferredVersion.version),
        ),
    ),
  ];
  const missing: string[] = [];
  const found = await Promise.all(
    versions.map(async (version) => {
      try {
        return await typesOf(api, version);
      } catch (error) {
        // The core is not to be done without; an extension whose server is away is told of.
        if (version.group === '') throw error;
        missing.push(`${version.group}/${version.version}`);
        return [];
      }
    }),
  );
  const byName = new Map<string, ResourceType>();
  for (const type of found.flat()) {
    const name = `${type.group}/${type.plural}`;
    if (!byName.has(name)) byName.set(name, type);
  }
  return { types: [...byName.values()].filter(isNoDouble), missing };
}

async function typesOf(api: KubernetesApi, { group, version, path }: Version): Promise<ResourceType[]> {
  const { resources } = resourcesSchema.parse(await api.json({ path }));
  return resources
    .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list'))
    .map(({ name, kind, namespaced, verbs, shortNames = [] }) => ({
      key: group === '' ? `${version}/${name}` : `${group}/${version}/${name}`,
      ...{ group, version, plural: name, kind, namespaced, verbs, shortNames },
    }));
}

/** Events and, on old clusters, Ingresses are there twice: the older group's are the same things. */
function isNoDouble({ group, plural }: ResourceType): boolean {
  return group !== 'extensions' && !(group === 'events.k8s.io' && plural === 'events');
}
