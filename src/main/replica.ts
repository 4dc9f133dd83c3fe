import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { UsersElsewhere } from '../identity/users-elsewhere.ts';
import type { Tenants } from '../identity/tenants.ts';
import type { Users } from '../identity/users.ts';
import { listenToPostgres } from '../replicas/postgres-listener.ts';
import { Replica } from '../replicas/replica.ts';
import type { ReplicaPorts } from '../replicas/replica.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { newId } from '../sessions/token.ts';
import type { Store } from '../store/store.ts';
import type { DatabaseClock } from '../system/database-clock.ts';

/** This process as one of several on a database of PostgreSQL. */
export function createReplica(parts: {
  readonly databaseUrl: string;
  /** For how long streams go on while the database does not answer (design, section 2.11). */
  readonly boundMs: number;
  readonly clock: DatabaseClock;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly tenants: Tenants;
  readonly rereadDashboards: ReplicaPorts['rereadDashboards'];
  readonly store: Store;
  readonly heardWarned: ReplicaPorts['heardWarned'];
  readonly port: number;
  readonly version: string;
  readonly log: Logger;
}): Replica {
  const {
    databaseUrl,
    boundMs,
    clock,
    sessions,
    users,
    tenants,
    rereadDashboards,
    store,
    heardWarned,
    port,
    version,
    log,
  } = parts;
  return new Replica({
    id: newId('r'),
    address: `${hostname()}:${port}`,
    version,
    clock,
    log,
    sessions,
    store,
    users: new UsersElsewhere({ store, users, tenants, sessions }),
    connect: (hear, closed) => listenToPostgres(databaseUrl, clock.stopwatch, { hear, closed, sampled: clock.learn }),
    heardWarned,
    rereadDashboards,
    skewMs: clock.skewMs,
    boundMs,
  });
}
