import type { IncomingMessage } from 'node:http';
import { hash } from 'node:crypto';
import { MINUTE_MS } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { describePlace } from '../core/place.ts';
import { PortalError } from '../core/portal-error.ts';
import type { UpstreamDashboard } from '../core/upstream-dashboard.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { endedError } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { newToken } from '../sessions/token.ts';
import { readCookie } from './cookies.ts';

/** Holds the token of whoever entered; each hostname has its own. */
const DASHBOARD_COOKIE = '__Host-curfew-dashboard';
/** Holds a secret of the browser that asks to enter, and where it wanted to go. */
const ENTRANCE_COOKIE = '__Host-curfew-entrance';
/** Lax: browsers send it along when somebody comes from another page, such as the portal's. */
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
const CODE_LIFE_MS = MINUTE_MS;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const LONGEST_PATH = 1024;

const CODE_OVER = 'This way in has been used, or is over, or was asked for by another browser.';

export interface UpstreamEntrancePorts {
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/**
 * How somebody who is signed in at the portal enters a dashboard on another hostname, without the portal's cookie: the
 * browser brings the hash of a secret to the portal, and a one-time code back, which is of no use in another browser
 * (ADR 0027). What it gets then is a token of the Kubernetes session, for that dashboard alone.
 */
export class UpstreamEntrance {
  readonly #ports: UpstreamEntrancePorts;

  constructor(ports: UpstreamEntrancePorts) {
    this.#ports = ports;
  }

  /**
   * A browser comes that has not entered, for a path.
   *
   * @returns what it is to bring to the portal, and the cookie that says it was this browser
   */
  begin(request: IncomingMessage, wanted: string): { state: string; cookie: string } {
    // Several tabs may ask at once: they share the secret, and the last one is where it goes.
    const secret = this.#asked(request)?.secret ?? newToken();
    const path = safePath(wanted);
    const value = `${secret}.${Buffer.from(path).toString('base64url')}`;
    return { state: stateOf(secret), cookie: `${ENTRANCE_COOKIE}=${value}; ${ATTRIBUTES}` };
  }

  /** Somebody agrees at the portal. @returns the code @throws PortalError as `issueToken` does */
  agree(session: LiveSession, { id, name }: UpstreamDashboard, state: string, address: string): Promise<string> {
    const { sessions, clock } = this.#ports;
    const code = [(clock.now() + CODE_LIFE_MS).toString(36), id, state, newToken()].join('.');
    const did = `asked to enter ${name} at ${describePlace(session)}`;
    return sessions.issueToken(session, 'entry', address, code, did);
  }

  /**
   * The browser brings the code.
   *
   * @returns the cookies that it gets, and where it wanted to go
   * @throws PortalError `authentication-required` where the code is of no use
   */
  async redeem(
    request: IncomingMessage,
    dashboard: UpstreamDashboard,
    code: string,
  ): Promise<{ cookies: string[]; path: string }> {
    const { sessions, clock } = this.#ports;
    const asked = this.#asked(request);
    const [expiresAt = '', id, state] = code.split('.');
    const isOurs = asked !== null && id === dashboard.id && state === stateOf(asked.secret);
    const found = isOurs ? await sessions.authenticate(code) : null;
    const isAlive = found?.live === true && found.purpose === 'entry' && Number.parseInt(expiresAt, 36) > clock.now();
    if (!isOurs || !isAlive || !(await sessions.takeToken(code, 'entry')))
      throw new PortalError('authentication-required', CODE_OVER);
    const { session } = found;
    // The one before would count among those that a session may have, and go on being good.
    const before = readCookie(request.headers.cookie, DASHBOARD_COOKIE);
    if (before !== null) await sessions.takeToken(before, 'dashboard');
    const did = `entered ${dashboard.name} at ${describePlace(session)}`;
    const token = await sessions.issueToken(session, 'dashboard', null, `${dashboard.id}.${newToken()}`, did);
    const cookies = [`${DASHBOARD_COOKIE}=${token}; ${ATTRIBUTES}`, `${ENTRANCE_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`];
    return { cookies, path: asked.path };
  }

  /**
   * Whose session a request of a dashboard's hostname belongs to.
   *
   * @throws PortalError `authentication-required`, `session-ended`
   */
  async authenticate(request: IncomingMessage, dashboard: UpstreamDashboard): Promise<LiveSession> {
    const token = readCookie(request.headers.cookie, DASHBOARD_COOKIE);
    const found =
      token?.startsWith(`${dashboard.id}.`) === true ? await this.#ports.sessions.authenticate(token) : null;
    if (found === null || found.purpose !== 'dashboard') throw endedError('kubernetes', null);
    if (!found.live) throw endedError('kubernetes', found.end);
    return found.session;
  }

  #asked({ headers }: IncomingMessage): { secret: string; path: string } | null {
    const [secret = '', path = ''] = (readCookie(headers.cookie, ENTRANCE_COOKIE) ?? '').split('.');
    return SECRET.test(secret) ? { secret, path: safePath(Buffer.from(path, 'base64url').toString('utf8')) } : null;
  }
}

/** What is shown of a secret on the way through the portal. */
function stateOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** A path of this host, and nothing that a browser would take for another one. */
function safePath(path: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes('\\') && path.length <= LONGEST_PATH ? path : '/';
}
