/** A user's role. *Read-only* is a flag beside it. */
export const ROLES = ['Administrator', 'User'] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  readonly id: string;
  /** Normalized, unique, never reused. */
  readonly username: string;
  readonly role: Role;
  readonly readOnly: boolean;
  readonly disabledAt: number | null;
  readonly createdAt: number;
}

export function hasSameRights(one: User, other: User): boolean {
  return one.disabledAt === other.disabledAt && one.role === other.role && one.readOnly === other.readOnly;
}

/** What a username looks like, as one sentence for whoever typed something else. */
export const USERNAME_RULE =
  'A username has 1 to 128 characters: lower-case letters, digits and . _ @ + -, beginning with a letter or a digit.';

/**
 * The one spelling of a username: NFKC, lower case.
 *
 * @returns the normalized name, or null where it breaks `USERNAME_RULE`
 */
export function normalizeUsername(text: string): string | null {
  // Blanks around it are forgiven, and nothing that is not seen.
  const name = text
    .normalize('NFKC')
    .replaceAll(/^ +| +$/g, '')
    .toLowerCase();
  return /^[a-z0-9][a-z0-9._@+-]{0,127}$/.test(name) ? name : null;
}

/** Whether somebody may change what administrators change. */
export function mayAdminister({ role, readOnly, disabledAt }: User): boolean {
  return role === 'Administrator' && !readOnly && disabledAt === null;
}
