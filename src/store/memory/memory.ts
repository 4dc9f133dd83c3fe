import type { Store } from '../store.ts';
import { createMemoryAttemptStore } from './attempt-store.ts';
import { createMemoryLoginRequestStore } from './login-request-store.ts';
import { createMemoryScopeLimitStore } from './scope-limit-store.ts';
import { createMemoryNoticeStore } from './notice-store.ts';
import { createMemorySessionStore } from './session-store.ts';
import { createMemorySettingStore } from './setting-store.ts';
import { contains, pageOf, Tables } from './tables.ts';
import { createMemoryTenantStore } from './tenant-store.ts';
import { createMemoryUpstreamDashboardStore } from './upstream-dashboard-store.ts';
import { createMemoryUserStore } from './user-store.ts';

/** A store that forgets: what tests use, and what the contract suite measures the others against. */
export function createMemoryStore(): Store {
  const tables = new Tables();
  return {
    ...createMemorySessionStore(tables),
    ...createMemorySettingStore(tables),
    ...createMemoryScopeLimitStore(tables),
    ...createMemoryNoticeStore(),
    ...createMemoryUserStore(tables),
    ...createMemoryTenantStore(tables),
    ...createMemoryUpstreamDashboardStore(tables),
    ...createMemoryAttemptStore(),
    ...createMemoryLoginRequestStore(tables),
    async appendAudit(record) {
      tables.audit.push(record);
    },
    async listAudit(query) {
      const matching = tables.audit
        .map((record, index) => ({ ...record, id: index + 1 }))
        .filter(({ sentence, event, actor }) => [sentence, event, actor].some((text) => contains(text, query.search)));
      return pageOf(query.order === 'asc' ? matching : matching.toReversed(), query);
    },
    async findSecret(name) {
      return tables.secrets.get(name) ?? null;
    },
    async storeSecretOnce(name, sealed) {
      if (!tables.secrets.has(name)) tables.secrets.set(name, sealed);
      return tables.secrets.get(name) ?? sealed;
    },
    async reportReplica(replica) {
      tables.replicas.set(replica.id, replica);
    },
    async listReplicas(seenSince) {
      const seen = [...tables.replicas.values()].filter(({ seenAt }) => seenAt >= seenSince);
      return seen.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    async removeReplica(id) {
      tables.replicas.delete(id);
    },
    async forgetReplicasBefore(at) {
      for (const [id, { seenAt }] of tables.replicas) if (seenAt < at) tables.replicas.delete(id);
    },
    databaseNow: null,
    async ping() {},
    async close() {},
  };
}
