/**
 * A session with the portal itself, a permanent API token (docs/adr/0024), or one's access to one cluster under either.
 * What may be above another comes before it.
 */
export const SESSION_KINDS = ['portal', 'api-token', 'kubernetes'] as const;

export type SessionKind = (typeof SESSION_KINDS)[number];

/** The kinds that limits of System Config bind: an API token has a deadline of its own. */
export const LIMITED_KINDS = ['portal', 'kubernetes'] as const;

export type LimitedKind = (typeof LIMITED_KINDS)[number];
