import { hash, randomInt } from 'node:crypto';
import { MINUTE_MS } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { hashToken, newToken } from '../sessions/token.ts';
import type { LoginRequest, LoginRequestKey, LoginRequestStore } from './ports.ts';
import { makeRoom, startSession, throttleCode } from './sign-in.ts';
import type { SignInPorts, SignedIn } from './sign-in.ts';
import { networkOf } from './throttle.ts';

const SECOND_MS = 1000;
/** How long a command line waits for somebody (RFC 8628, 3.2). */
const WAIT_MS = 10 * MINUTE_MS;
/** How long it has to fetch its token once somebody has agreed. */
const TAKE_WITHIN_MS = 60 * SECOND_MS;
/** How often it may ask whether somebody has; after asking sooner, it waits twice as long (RFC 8628, 3.5). */
export const POLL_EVERY_MS = 5 * SECOND_MS;
/** Requests are stored for strangers: so many wait at a time. */
const MOST_WAITING = { ofNetwork: 100, all: 10_000 };
/** Consonants without the one that looks like another, so that codes are no words (RFC 8628, 6.1): 20^8 of them. */
const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const CODE_LENGTH = 8;

const OVER = 'There is no such request to sign in, or it is over. Run `curfew login` again.';

export interface LoginRequestsPorts extends SignInPorts {
  readonly requests: LoginRequestStore;
  /** A name for a code that cannot be read back. */
  nameOf(code: string): string;
}

export interface AskedLogin {
  /** `BASE64URL(SHA256(verifier))`. */
  readonly challenge: string;
  readonly hostname: string;
  /** Where a browser of the same machine brings the code; null: a person types a code somewhere else. */
  readonly redirectPort: number | null;
  readonly address: string;
}

/** How somebody names a request: browsers of the same machine by its challenge, people elsewhere by the code they see. */
export type NamedLogin = { readonly challenge: string } | { readonly userCode: string };

/**
 * Signs command lines in by the consent of somebody in a browser (RFC 8252 with RFC 7636, and after RFC 8628). What is
 * started is a session of its own, whose time runs from that person's authentication (docs/adr/0018).
 */
export class LoginRequests {
  readonly #ports: LoginRequestsPorts;

  constructor(ports: LoginRequestsPorts) {
    this.#ports = ports;
  }

  /**
   * A command line asks.
   *
   * @returns with the code to show, where a person is to type one
   * @throws PortalError `quota-exceeded`, `conflict`
   */
  async ask({ challenge, hostname, redirectPort, address }: AskedLogin) {
    const { clock, requests, nameOf } = this.#ports;
    const now = clock.now();
    const code = redirectPort === null ? newCode() : null;
    const request = {
      ...{ challenge, hostname, redirectPort, address, network: networkOf(address) },
      userCode: code === null ? null : nameOf(code),
      requestedAt: now,
      expiresAt: now + WAIT_MS,
      nextPollAt: now,
    };
    const outcome = await requests.insertLoginRequest(request, MOST_WAITING);
    if (outcome === 'taken')
      throw new PortalError('conflict', 'This request exists already. Run `curfew login` again.');
    if (outcome === 'too-many') {
      const message =
        'Too many command lines wait to be signed in. Try again in some minutes, or sign in with a password.';
      throw new PortalError('quota-exceeded', message, { retryAfterMs: MINUTE_MS });
    }
    return { userCode: code === null ? null : `${code.slice(0, 4)}-${code.slice(4)}`, expiresInMs: WAIT_MS };
  }

  /**
   * What somebody is asked to agree to. Codes are guessed as seldom as passwords.
   *
   * @throws PortalError `login-request-over`, `too-many-attempts`
   */
  find(named: NamedLogin, session: LiveSession, address: string): Promise<LoginRequest> {
    if ('challenge' in named) return this.#findWaiting(named, (request) => request.redirectPort !== null);
    const key = { userCode: this.#ports.nameOf(named.userCode.toUpperCase().replaceAll(/[^A-Z]/g, '')) };
    return throttleCode(this.#ports, session.user.username, address, () => this.#findWaiting(key, () => true));
  }

  /**
   * Somebody agrees, who has authenticated in `session`, or refuses.
   *
   * @returns the one-time code for the command line, where a browser brings it there
   * @throws PortalError as `find` does, and `recent-authentication-required` where Kubernetes time of this authentication
   *   is over: a consent does not begin it anew
   */
  async decide(named: NamedLogin, isApproved: boolean, session: LiveSession, address: string) {
    const { requests, clock, sessions } = this.#ports;
    const request = await this.find(named, session, address);
    if (isApproved && (await sessions.kubernetesTime.isAnyOver(session))) {
      const message =
        'A Kubernetes session since your sign-in has ended. Confirm your password to let another one begin.';
      throw new PortalError('recent-authentication-required', message);
    }
    const code = isApproved && request.redirectPort !== null ? newToken() : null;
    const codeHash = code === null ? null : hashToken(code);
    const now = clock.now();
    const { username } = session.user;
    const decision = isApproved
      ? { approved: true as const, sessionId: session.id, codeHash }
      : { approved: false as const };
    const isDecided = await requests.decideLoginRequest(
      request.challenge,
      decision,
      Math.min(request.expiresAt, now + TAKE_WITHIN_MS),
      {
        at: now,
        event: isApproved ? 'login.approved' : 'login.refused',
        actor: username,
        subject: session.id,
        address,
        sentence: `${username} ${isApproved ? 'let' : 'did not let'} the command line of ${request.hostname} (${request.address}) sign in.`,
      },
    );
    if (!isDecided) throw new PortalError('login-request-over', OVER);
    return { request, code };
  }

  /**
   * The command line fetches its token, once. Its session's time runs from when the person authenticated who agreed.
   *
   * @param code what the browser brought, where it was to bring one
   * @returns null where nobody has decided yet
   * @throws PortalError `login-request-over`, `forbidden` where somebody refused, `too-many-attempts` (with the wait) where
   *   it asks too often, `quota-exceeded`
   */
  async take(verifier: string, code: string | null, address: string): Promise<SignedIn | null> {
    const challenge = hash('sha256', verifier, 'base64url');
    const taken = await this.#ports.requests.takeLoginRequest(challenge);
    if (taken === null) return this.#wait(challenge);
    const { decision, expiresAt, hostname } = taken;
    if (decision?.approved !== true)
      throw new PortalError('forbidden', 'The sign-in was refused in the browser. Nobody was signed in.');
    const isCodeRight = decision.codeHash === (code === null ? null : hashToken(code));
    if (!isCodeRight || expiresAt <= this.#ports.clock.now()) throw new PortalError('login-request-over', OVER);
    return this.#start(decision.sessionId, hostname, address);
  }

  async #start(approverId: string, hostname: string, address: string): Promise<SignedIn> {
    const { sessions, users } = this.#ports;
    const approver = await this.#findLive(approverId);
    const account = await users.findAccount(approver.user.username);
    if (account === null || account.user.disabledAt !== null) throw approverGone();
    const attempt = { purpose: 'bearer' as const, current: null };
    await makeRoom(this.#ports, account.user, attempt);
    const signedIn = await startSession(this.#ports, account, {
      ...{ ...attempt, address, device: null, takeAlong: () => Promise.resolve() },
      authenticatedAt: approver.startedAt,
      where: ` on the command line of ${hostname}`,
    });
    // It may have been ended meanwhile, and with it what stood then.
    await sessions.elsewhere.reread([approverId]);
    if (approver.end() === null) return signedIn;
    await sessions.end(signedIn.session.id, 'revoked');
    throw approverGone();
  }

  /** The session of whoever agreed, as the store knows it: it may have ended on another replica. */
  async #findLive(id: string): Promise<LiveSession> {
    const { sessions } = this.#ports;
    await sessions.elsewhere.reread([id]);
    const found = await sessions.find(id);
    if (found === null || found.end() !== null) throw approverGone();
    return found;
  }

  async #findWaiting(key: LoginRequestKey, isOfKind: (request: LoginRequest) => boolean): Promise<LoginRequest> {
    const found = await this.#ports.requests.findLoginRequest(key);
    const isWaiting = found !== null && found.decision === null && found.expiresAt > this.#ports.clock.now();
    if (isWaiting && isOfKind(found)) return found;
    throw new PortalError('login-request-over', OVER);
  }

  async #wait(challenge: string): Promise<null> {
    const { clock, requests } = this.#ports;
    const found = await requests.findLoginRequest({ challenge });
    const now = clock.now();
    if (found === null || found.expiresAt <= now) throw new PortalError('login-request-over', OVER);
    const isEarly = now < found.nextPollAt;
    const retryAfterMs = isEarly ? 2 * POLL_EVERY_MS : POLL_EVERY_MS;
    // A little less than it is told: what it sends may arrive sooner than what it sent before.
    await requests.notePoll(challenge, now + retryAfterMs - SECOND_MS);
    if (!isEarly) return null;
    throw new PortalError('too-many-attempts', 'The command line asks too often.', { retryAfterMs });
  }
}

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
}

function approverGone(): PortalError {
  const message = 'The session in the browser that agreed has ended meanwhile. Run `curfew login` again.';
  return new PortalError('login-request-over', message);
}
