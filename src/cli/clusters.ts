import type { z } from 'zod';
import { clusterListSchema } from '../wire/cluster.ts';
import { PortalClient } from './portal-client.ts';
import type { ListOptions } from './sessions.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf, table } from './words.ts';

/** `curfew clusters`: those that the caller reaches. */
export async function listClusters(options: ListOptions, around: Surroundings): Promise<void> {
  const { items } = await readClusters(around.signIns.require(options.server));
  if (options.json === true) return around.print(JSON.stringify({ items }, null, 2));
  if (items.length === 0) return around.print('You reach no cluster. An administrator can grant you one.');
  const now = around.clock.now();
  const rows = items.map(({ id, state, version, message, session }) => [
    id,
    state,
    version ?? '',
    session === null ? 'no session' : describeEndOf(session, now),
    message ?? '',
  ]);
  around.print(table(['CLUSTER', 'STATE', 'VERSION', 'YOUR SESSION', 'MESSAGE'], rows));
}

export async function readClusters(signIn: SignIn): Promise<z.infer<typeof clusterListSchema>> {
  return clusterListSchema.parse(await new PortalClient(signIn).send('GET', '/api/clusters'));
}
