import type { Clock } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import { USERNAME_RULE, normalizeUsername } from '../core/user.ts';
import type { User } from '../core/user.ts';
import { hashToken, newId, newToken } from '../sessions/token.ts';
import { checkNewPassword } from './password.ts';
import type { PasswordHasher } from './password.ts';
import type { UserStore } from './ports.ts';

const SETUP_TOKEN_LIFE_MS = 60 * 60_000;

/** A new one-time token for the first administrator; null when there is an administrator. All die with the first use. */
export async function issueSetupToken(users: UserStore, clock: Clock): Promise<string | null> {
  if (await users.hasAdministrator()) return null;
  const token = newToken();
  await users.storeSetupToken(hashToken(token), clock.now() + SETUP_TOKEN_LIFE_MS);
  return token;
}

/**
 * Creates the first administrator. The token is consumed in the transaction that proves that there is none yet.
 *
 * @throws PortalError `invalid-setup-token`, `invalid-request`, `conflict`
 */
export async function createFirstAdministrator(
  ports: { users: UserStore; passwords: Pick<PasswordHasher, 'hash'>; clock: Clock },
  input: { token: string; username: string; password: string },
  address: string,
): Promise<{ user: User; passwordHash: string }> {
  const username = requireUsername(input.username);
  checkNewPassword(input.password, 'password');
  // Before the password is hashed: else strangers could keep the hasher busy, and nobody could sign in.
  if (await ports.users.hasAdministrator()) throw invalidSetupToken();
  const now = ports.clock.now();
  const user: User = {
    id: newId('u'),
    username,
    role: 'Administrator',
    readOnly: false,
    disabledAt: null,
    createdAt: now,
  };
  const passwordHash = await ports.passwords.hash(input.password);
  const outcome = await ports.users.createFirstAdministrator(hashToken(input.token), user, passwordHash, {
    at: now,
    event: 'user.created',
    actor: username,
    subject: username,
    address,
    sentence: `${username} was created as the first administrator.`,
  });
  switch (outcome) {
    case 'created':
      return { user, passwordHash };
    case 'username-taken':
      throw new PortalError('conflict', `The username ${username} was used before.`, { field: 'username' });
    case 'invalid-token':
      throw invalidSetupToken();
  }
}

function invalidSetupToken(): PortalError {
  return new PortalError(
    'invalid-setup-token',
    'This link has been used or has expired. While there is no administrator, restarting Curfew prints a new one; ' +
      'to recover a lost administrator run `curfew reset-admin` on the machine.',
  );
}

/** @throws PortalError `invalid-request` with the rule */
export function requireUsername(text: string): string {
  const username = normalizeUsername(text);
  if (username === null) throw new PortalError('invalid-request', USERNAME_RULE, { field: 'username' });
  return username;
}
