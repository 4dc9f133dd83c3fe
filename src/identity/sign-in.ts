import type { Clock } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { hasSameRights, normalizeUsername } from '../core/user.ts';
import type { Session } from '../core/session.ts';
import type { User } from '../core/user.ts';
import type { AuditRecord } from '../core/audit-record.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { hashToken, newToken } from '../sessions/token.ts';
import { MOST_DEVICES } from './known-devices.ts';
import type { PasswordHasher } from './password.ts';
import type { Account, UserStore } from './ports.ts';
import type { RefusalRecorder } from './refusal-recorder.ts';
import type { SignInThrottle } from './throttle.ts';

export interface SignInPorts {
  readonly users: UserStore;
  readonly sessions: Sessions;
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly throttle: SignInThrottle;
  readonly clock: Clock;
  record(record: AuditRecord): Promise<void>;
  readonly refusals: Pick<RefusalRecorder, 'note'>;
}

export interface SignInAttempt {
  readonly username: string;
  readonly password: string;
  readonly purpose: 'cookie' | 'bearer';
  readonly address: string;
  /** The token by which a browser is recognised that has signed in before; null for a stranger. */
  readonly device: string | null;
  /** The live session of the same browser, which this sign-in replaces when it is the same user's. */
  readonly current: LiveSession | null;
  /** Takes what lives in the browser along to the new session, before the old one ends. */
  takeAlong(from: LiveSession, to: LiveSession): Promise<void>;
}

export interface SignedIn {
  readonly session: LiveSession;
  readonly token: string;
  readonly device: string;
}

/** How many portal sessions of one user may live at a time; sign-ins at once may overshoot it a little. */
export const MOST_LIVE_SESSIONS = 1000;

/** What counts against whoever tries. */
const WRONG_GUESS = new Set<ErrorCode>(['invalid-credentials', 'login-request-over']);

/** What the record says of a refused sign-in; of others, as of an overload, it says nothing. */
const REFUSED_BECAUSE: Partial<Record<ErrorCode, string>> = {
  'invalid-credentials': 'the username or the password is wrong, or the account is disabled',
  'too-many-attempts': 'too many attempts',
  'quota-exceeded': 'as many live sessions as are allowed',
};

/**
 * Signs in with username and password. Neither the answer nor its time tells whether an account exists.
 *
 * @throws PortalError `invalid-credentials`, `too-many-attempts` (with the wait), `overloaded`, `quota-exceeded`
 */
export async function signIn(ports: SignInPorts, attempt: SignInAttempt): Promise<SignedIn> {
  const username = normalizeUsername(attempt.username) ?? '';
  const account = username === '' ? null : await ports.users.findAccount(username);
  const known = await knownDevice(ports, attempt.device, account?.user ?? null);
  const checked = await countAttempt(ports.throttle, [username, attempt.address, known], async () => {
    const right = await ports.passwords.verify(attempt.password, account?.passwordHash ?? null);
    if (!right || account === null || account.user.disabledAt !== null)
      throw new PortalError('invalid-credentials', 'The username or the password is wrong.');
    await makeRoom(ports, account.user, attempt);
    return account;
  }).catch((error: unknown) => {
    noteRefusal(ports, account, attempt.address, error);
    throw error;
  });
  return startSession(ports, checked, attempt);
}

/**
 * Refuses a further session of a user who has as many as are allowed.
 *
 * Re-authentication replaces a session: it needs no room. A browser gets some, however many sessions programs left alive:
 * the one that began first ends.
 */
export async function makeRoom(
  { sessions }: Pick<SignInPorts, 'sessions'>,
  user: User,
  attempt: Pick<SignInAttempt, 'current' | 'purpose'>,
): Promise<void> {
  if (attempt.current?.userId === user.id) return;
  if ((await sessions.stored.countLivePortals(user.id)) < MOST_LIVE_SESSIONS) return;
  if (attempt.purpose === 'cookie') return endOldest(sessions, user);
  const message =
    `You have ${MOST_LIVE_SESSIONS.toLocaleString('en')} live sessions, as many as are allowed. ` +
    'Sign out elsewhere, wait until some end, or ask an administrator to end them.';
  throw new PortalError('quota-exceeded', message);
}

async function endOldest(sessions: Sessions, user: User): Promise<void> {
  let oldest: Session | null = null;
  for await (const { session } of sessions.stored.liveRows('portal', user.id)) {
    if (oldest === null || session.startedAt < oldest.startedAt) oldest = session;
  }
  if (oldest !== null) await sessions.end(oldest.id, 'revoked', user.username);
}

/**
 * Starts the session of somebody who has authenticated, and replaces the one that the browser had.
 *
 * @param attempt `authenticatedAt`: when that was, where it was not just now; `where`: the end of the record's sentence
 */
export async function startSession(
  ports: SignInPorts,
  { user, passwordHash }: Pick<Account, 'user' | 'passwordHash'>,
  attempt: Omit<SignInAttempt, 'username' | 'password'> & {
    readonly authenticatedAt?: number;
    readonly where?: string;
  },
): Promise<SignedIn> {
  const { purpose, address, authenticatedAt, where = '' } = attempt;
  const { session, token } = await ports.sessions.startPortal(user, purpose, address, authenticatedAt);
  await endIfChangedMeanwhile(ports, user, passwordHash, session);
  const now = ports.clock.now();
  await ports.users.noteSignIn(user.id, now);
  await ports.record({
    at: now,
    event: 'sign-in.accepted',
    actor: user.username,
    subject: session.id,
    address,
    sentence: `${user.username} signed in${where}.`,
  });
  const { current } = attempt;
  if (current !== null) await replaceSession(ports, current, session, attempt);
  const device = attempt.device ?? newToken();
  // A bearer token's client keeps no cookies: it would be a new device each time.
  if (attempt.purpose === 'cookie') await ports.users.storeDevice(hashToken(device), user.id, now, MOST_DEVICES);
  return { session, token, device };
}

async function replaceSession(
  ports: SignInPorts,
  current: LiveSession,
  next: LiveSession,
  attempt: Pick<SignInAttempt, 'takeAlong'>,
): Promise<void> {
  const same = current.userId === next.userId;
  if (same) await attempt.takeAlong(current, next);
  const by = current.user.username;
  if (same) await ports.sessions.end(current.id, 'replaced', by, next.id);
  else await ports.sessions.end(current.id, 'signed-out', by);
}

/**
 * Lets a signed-in user prove the own password, as seldom as at a sign-in: whoever stole a token must not find out the
 * password with it. Counted apart from sign-ins, so that he does not lock the owner out either.
 *
 * @throws PortalError `too-many-attempts` (with the wait), and what `prove` throws
 */
export async function throttlePasswordProof(
  ports: Pick<SignInPorts, 'throttle'>,
  username: string,
  address: string,
  prove: () => Promise<void>,
): Promise<void> {
  await countAttempt(ports.throttle, [`password of ${username}`, address, null], prove);
}

/**
 * Lets a signed-in user say the code that a command line shows, as seldom as a password: codes are short.
 *
 * @throws PortalError `too-many-attempts` (with the wait), and what `find` throws
 */
export function throttleCode<T>(
  ports: Pick<SignInPorts, 'throttle'>,
  username: string,
  address: string,
  find: () => Promise<T>,
): Promise<T> {
  return countAttempt(ports.throttle, [`code typed by ${username}`, address, null], find);
}

/**
 * Checks a password if it is time for that. The attempt counts from its beginning, and is taken back where the check
 * succeeds or could not be made.
 *
 * @throws PortalError `too-many-attempts` (with the wait), and what `check` throws
 */
async function countAttempt<T>(
  throttle: SignInThrottle,
  attempt: Parameters<SignInThrottle['begin']>,
  check: () => Promise<T>,
): Promise<T> {
  const retryAfterMs = await throttle.begin(...attempt);
  if (retryAfterMs > 0) throw tooManyAttempts(retryAfterMs);
  let checked: T;
  try {
    checked = await check();
  } catch (error) {
    if (error instanceof PortalError && WRONG_GUESS.has(error.code)) await throttle.failed(...attempt);
    else throttle.dropped(...attempt);
    throw error;
  }
  await throttle.succeeded(...attempt);
  return checked;
}

/** The hash of the device's token, where this very user has signed in on it before. */
async function knownDevice(ports: SignInPorts, device: string | null, user: User | null): Promise<string | null> {
  if (device === null || user === null) return null;
  const hash = hashToken(device);
  return (await ports.users.isKnownDevice(hash, user.id)) ? hash : null;
}

function tooManyAttempts(retryAfterMs: number): PortalError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const message = `Too many attempts. Try again in ${seconds === 1 ? '1 second' : `${seconds} seconds`}.`;
  return new PortalError('too-many-attempts', message, { retryAfterMs });
}

/**
 * The account may have been disabled, or got another password, role or flag, between the check and the start: whoever
 * changed it ended the sessions that stood then. What this process knew of the user may be older still.
 */
async function endIfChangedMeanwhile(
  ports: SignInPorts,
  user: User,
  passwordHash: string,
  session: LiveSession,
): Promise<void> {
  const { pool } = ports.sessions;
  const { userChanges } = pool;
  const account = await ports.users.findAccount(user.username);
  if (account !== null) pool.refreshUsers([account.user], userChanges, session);
  if (account !== null && account.passwordHash === passwordHash && hasSameRights(account.user, user)) return;
  await ports.sessions.end(session.id, account?.user.disabledAt === null ? 'revoked' : 'user-disabled');
  throw new PortalError('invalid-credentials', 'The username or the password is wrong.');
}

/** Names the account where there is one: what else is typed as a username may be a password. */
function noteRefusal({ refusals }: SignInPorts, account: Account | null, address: string, error: unknown): void {
  const why = error instanceof PortalError ? REFUSED_BECAUSE[error.code] : undefined;
  if (why === undefined) return;
  const sentence = `A sign-in was refused: ${why}.`;
  const actor = account?.user.username ?? null;
  refusals.note({ event: 'sign-in.refused', actor, subject: null, address, why, sentence });
}
