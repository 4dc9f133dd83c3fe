import type { Logger } from 'pino';
import type { AuditRecord } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import type { Tenant } from '../core/tenant.ts';
import { createTenantKeeper } from '../kubernetes/tenants/tenant-keeper.ts';
import type { TenantKeeper } from '../kubernetes/tenants/tenant-keeper.ts';
import { createSystemClock } from '../system/clock.ts';
import { createNaming } from '../system/secret-box.ts';
import type { Clusters } from './clusters.ts';

/** Keeps the role bindings of tenants in this portal's name, which all its replicas share, as they share the key. */
export function keepTenants(parts: {
  readonly key: Buffer;
  readonly store: { listTenants(): Promise<readonly Tenant[]>; appendAudit(record: AuditRecord): Promise<void> };
  readonly clusters: Clusters;
  readonly clock: Clock;
  readonly log: Logger;
}): TenantKeeper {
  const { key, store, clusters, clock, log } = parts;
  // A label's value begins and ends with a letter or a digit.
  const portalId = Buffer.from(createNaming(key, 'role bindings')('portal'), 'base64url').toString('hex').slice(0, 16);
  const keeper = createTenantKeeper({
    ...{ clock, machine: createSystemClock(), log, portalId },
    listTenants: () => store.listTenants(),
    findCluster: (id) => clusters.connectable(id),
    did(clusterId, sentence) {
      const what = { event: 'tenant.kept', actor: null, subject: clusterId, address: null, sentence } as const;
      store
        .appendAudit({ at: clock.now(), ...what })
        .catch((error: unknown) => log.error({ err: error, sentence }, 'what was done for a tenant is not recorded'));
    },
  });
  clusters.onLocalStatus(({ state }) => {
    if (state === 'ready') keeper.look();
  });
  return keeper;
}
