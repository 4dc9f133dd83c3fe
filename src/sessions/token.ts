import { hash, randomBytes } from 'node:crypto';

/**
 * How many tokens of a kind a session may have. More are refused: to replace the oldest would break, without a word, the
 * script or the kubectl that holds it.
 */
export const MOST_TOKENS = { api: 20, kubernetes: 50 } as const;

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
