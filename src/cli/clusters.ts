import type { z } from 'zod';
import { clusterListSchema } from '../wire/cluster.ts';
import type { ContextPlace } from './merge-contexts.ts';
import { PortalClient } from './portal-client.ts';
import type { ListOptions } from './sessions.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf, table } from './words.ts';

/** `curfew clusters`: those that the caller reaches, each as a whole and by its tenants. */
export async function listClusters(options: ListOptions, around: Surroundings): Promise<void> {
  const { items } = await readClusters(around.signIns.require(options.server));
  if (options.json === true) return around.print(JSON.stringify({ items }, null, 2));
  if (items.length === 0) return around.print('You reach no cluster. An administrator can grant you one.');
  const now = around.clock.now();
  const rows = items.flatMap(({ id, state, version, message, session, whole = true, tenants = [] }) =>
    [...(whole ? [{ name: '', session }] : []), ...tenants].map((place) => [
      id,
      place.name,
      state,
      version ?? '',
      place.session === null ? 'no session' : describeEndOf(place.session, now),
      message ?? '',
    ]),
  );
  around.print(table(['CLUSTER', 'TENANT', 'STATE', 'VERSION', 'YOUR SESSION', 'MESSAGE'], rows));
}

/** Where the caller may have sessions; an older portal has no tenants, and says of no cluster that it is reached as a whole. */
export function placesOf(items: z.infer<typeof clusterListSchema>['items']): ContextPlace[] {
  return items.flatMap(({ id, whole = true, tenants = [] }) => [
    ...(whole ? [{ cluster: id }] : []),
    ...tenants.map((tenant) => ({ cluster: id, tenant })),
  ]);
}

export async function readClusters(signIn: SignIn): Promise<z.infer<typeof clusterListSchema>> {
  return clusterListSchema.parse(await new PortalClient(signIn).send('GET', '/api/clusters'));
}
