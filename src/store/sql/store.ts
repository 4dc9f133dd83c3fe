import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';
import type { Store } from '../store.ts';
import { createSqlAttemptStore } from './attempt-store.ts';
import { createSqlAuditStore } from './audit-store.ts';
import type { Dialect } from './dialect.ts';
import { createSqlLoginRequestStore } from './login-request-store.ts';
import { createSqlNoticeStore } from './notice-store.ts';
import { createSqlReplicaStore } from './replica-store.ts';
import { createSqlScopeLimitStore } from './scope-limit-store.ts';
import { createSqlSessionStore } from './session-store.ts';
import { createSqlSettingStore } from './setting-store.ts';
import { createSqlTenantStore } from './tenant-store.ts';
import { createSqlUpstreamDashboardStore } from './upstream-dashboard-store.ts';
import { createSqlUserStore } from './user-store.ts';

/** All of a store in SQL, on a database that is up to date. */
export function createSqlStore(db: Kysely<Database>, dialect: Dialect, databaseNow: Store['databaseNow']): Store {
  return {
    ...createSqlSessionStore(db, dialect),
    ...createSqlSettingStore(db, dialect),
    ...createSqlScopeLimitStore(db, dialect),
    ...createSqlNoticeStore(db),
    ...createSqlUserStore(db, dialect),
    ...createSqlTenantStore(db, dialect),
    ...createSqlUpstreamDashboardStore(db, dialect),
    ...createSqlAttemptStore(db, dialect),
    ...createSqlLoginRequestStore(db, dialect),
    ...createSqlAuditStore(db, dialect),
    ...createSqlReplicaStore(db),
    databaseNow,
    async ping() {
      await db.selectFrom('secrets').select('name').limit(1).execute();
    },
    close: () => db.destroy(),
  };
}
