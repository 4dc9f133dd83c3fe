/** A session with the portal itself, or one's access to one cluster under it. */
export const SESSION_KINDS = ['portal', 'kubernetes'] as const;

export type SessionKind = (typeof SESSION_KINDS)[number];
