/** What can happen that the record keeps. */
export const AUDIT_EVENTS = [
  'sign-in.accepted',
  'sign-in.refused',
  'login.approved',
  'login.refused',
  'session.started',
  'session.ended',
  'token.issued',
  'password.changed',
  'config.set',
  'config.deleted',
  'limit.set',
  'limit.removed',
  'user.created',
  'user.changed',
  'user.deleted',
  'grant.added',
  'grant.removed',
  'tenant.created',
  'tenant.deleted',
  'tenant-access.set',
  'tenant-access.removed',
  'tenant.kept',
  'shell.opened',
  'dashboard.opened',
  'dashboard.registered',
  'dashboard.removed',
  'secret.shown',
  'access.refused',
  'gateway.refused',
  'credential.requested',
  'exec.cut',
] as const;

export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** One entry of the append-only record of what happened. Never holds a secret. */
export interface AuditRecord {
  readonly at: number;
  readonly event: AuditEvent;
  /** The username, where one is known. */
  readonly actor: string | null;
  /** What it is about: a session's id, a key, a username, a cluster. */
  readonly subject: string | null;
  /** The network address that a request came from. */
  readonly address: string | null;
  readonly sentence: string;
}
