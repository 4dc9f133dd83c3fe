import { hash, randomBytes } from 'node:crypto';
import type { AuditRecord } from '../core/audit-record.ts';
import { describePlace } from '../core/place.ts';
import type { LiveSession } from './live-session.ts';

/**
 * How many tokens of a kind a session may have. More are refused: to replace the oldest would break, without a word, the
 * script or the kubectl that holds it.
 */
export const MOST_TOKENS = { api: 20, kubernetes: 50, entry: 200, dashboard: 50 } as const;

export type IssuedPurpose = keyof typeof MOST_TOKENS;

/** What is recorded of a further token of a session. */
export function issuedRecord(
  { id, user: { username }, clusterId, tenantId }: LiveSession,
  purpose: IssuedPurpose,
  address: string | null,
  at: number,
  did = purpose === 'api'
    ? 'made a temporary API token'
    : `was given a credential for kubectl at ${describePlace({ clusterId, tenantId })}`,
): AuditRecord {
  return { at, event: 'token.issued', actor: username, subject: id, address, sentence: `${username} ${did}.` };
}

/** A new opaque token: 256 random bits, base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: its SHA-256 in hexadecimal. A string result, since a Buffer costs four times as much. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** A new id: 128 random bits, base64url, preceded by a letter that says of what. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}
