import type { AuditRecord } from '../core/audit-record.ts';
import type {
  AttemptStore,
  LoginRequestStore,
  TenantStore,
  UpstreamDashboardStore,
  UserStore,
} from '../identity/ports.ts';
import type { NoticeStore, ReplicaStore, ScopeLimitStore, SessionStore, SettingStore } from '../sessions/ports.ts';

/** The record of what happened: only ever appended to. */
export interface AuditStore {
  appendAudit(record: AuditRecord): Promise<void>;
  /** @param query `order` newest first (`desc`) unless told otherwise */
  listAudit(query: {
    search: string;
    order?: 'asc' | 'desc';
    offset: number;
    limit: number;
  }): Promise<{ items: (AuditRecord & { id: number })[]; total: number }>;
}

/** Secrets of the portal itself, sealed before they get here (`system/secret-box.ts`). */
export interface SecretStore {
  findSecret(name: string): Promise<string | null>;
  /** Keeps the first one that is stored under a name. @returns the one that stands */
  storeSecretOnce(name: string, sealed: string): Promise<string>;
}

/** All that a store does. SQLite, PostgreSQL and memory pass one contract suite (`store.contract.ts`). */
export interface Store
  extends
    SessionStore,
    SettingStore,
    ScopeLimitStore,
    NoticeStore,
    UserStore,
    TenantStore,
    UpstreamDashboardStore,
    AttemptStore,
    LoginRequestStore,
    AuditStore,
    SecretStore,
    ReplicaStore {
  /** What time it is by the clock that all replicas share, in milliseconds; null where there is none but their own. */
  readonly databaseNow: (() => Promise<number>) | null;
  /** @throws when the store cannot be written or read now */
  ping(): Promise<void>;
  close(): Promise<void>;
}
