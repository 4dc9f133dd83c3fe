import type { AuditRecord } from '../../core/audit-record.ts';
import type { Grant } from '../../core/access.ts';
import type { LimitPeriod } from '../../core/limits.ts';
import type { Session } from '../../core/session.ts';
import type { Tenant, TenantAccess } from '../../core/tenant.ts';
import type { User } from '../../core/user.ts';
import type { Replica, Setting, SettingChange, StoredToken } from '../../sessions/ports.ts';

/** A user's row; `deletedAt` keeps the name taken. */
export interface UserRow {
  user: User;
  passwordHash: string;
  lastSignInAt: number | null;
  deletedAt: number | null;
}

/** Everything that a memory store holds. */
export class Tables {
  readonly users = new Map<string, UserRow>();
  readonly sessions = new Map<string, Session>();
  readonly tokens = new Map<string, StoredToken>();
  readonly settings = new Map<string, Setting>();
  readonly settingChanges: SettingChange[] = [];
  periods: LimitPeriod[] = [];
  scopePeriods: (LimitPeriod & { readonly setBy: string })[] = [];
  grants: Grant[] = [];
  readonly tenants = new Map<string, Tenant>();
  /** By tenant and user. */
  readonly tenantAccess = new Map<string, TenantAccess>();
  readonly setupTokens = new Map<string, number>();
  readonly devices = new Map<string, { userId: string; seenAt: number }>();
  readonly audit: AuditRecord[] = [];
  readonly secrets = new Map<string, string>();
  readonly replicas = new Map<string, Replica>();
}

/** A user as everybody else sees them: a deleted one is disabled for good. */
export function userOf({ user, deletedAt }: UserRow): User {
  return { ...user, disabledAt: deletedAt ?? user.disabledAt };
}

/** One page of what a list holds, and how much there is in all. */
export function pageOf<Item>(items: readonly Item[], { offset, limit }: { offset: number; limit: number }) {
  return { items: items.slice(offset, offset + limit), total: items.length };
}

/** Compares items by a value of theirs, the way a list is sorted. */
export function by<Item>(valueOf: (item: Item) => string | number, order: 'asc' | 'desc') {
  const sign = order === 'asc' ? 1 : -1;
  return (a: Item, b: Item): number => {
    const [left, right] = [valueOf(a), valueOf(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  };
}

export function contains(text: string | null, search: string): boolean {
  return text !== null && text.toLowerCase().includes(search.toLowerCase());
}
