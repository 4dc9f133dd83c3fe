import type { AuditEvent, AuditRecord } from '../../core/audit-record.ts';
import type { Session, SessionEnd } from '../../core/session.ts';
import type { User } from '../../core/user.ts';

// What the contract's tests put into a store.

export const KEY = 'MaximumK8sSessionDuration';
export const ALL = { search: '', offset: 0, limit: 100 };
export const CLOSED: SessionEnd = { at: 50, reason: 'closed', limit: null };

export const record = (event: AuditEvent, changes: Partial<AuditRecord> = {}): AuditRecord => {
  return { at: 1, event, actor: 'ada', subject: null, address: null, sentence: 'Something happened.', ...changes };
};
export const ISSUED = record('token.issued');
export const userOf = (username: string, changes: Partial<User> = {}): User => {
  return { id: `u-${username}`, username, role: 'User', readOnly: false, disabledAt: null, createdAt: 1, ...changes };
};
export const portal = (id: string, changes: Partial<Session> = {}): Session => ({
  id,
  kind: 'portal',
  userId: 'u-ada',
  parentId: null,
  clusterId: null,
  tenantId: null,
  startedAt: 10,
  lastActivityAt: 10,
  end: null,
  ...changes,
});
export const kubernetes = (id: string, parentId: string, changes: Partial<Session> = {}): Session =>
  portal(id, { kind: 'kubernetes', parentId, clusterId: 'c1', ...changes });
export const ending = (id: string, end: SessionEnd = CLOSED) => ({
  id,
  end,
  lastActivityAt: 10,
  record: record('session.ended', { subject: id }),
});
