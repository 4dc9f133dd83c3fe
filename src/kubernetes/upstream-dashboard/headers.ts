import { clusterIdentity } from '../../core/access.ts';
import type { User } from '../../core/user.ts';

/** Cookies that begin so are Curfew's own: no upstream sees or sets one. */
const OWN_COOKIE = '__Host-curfew';

/** What concerns one connection only, or who somebody is, which Curfew alone says. */
const NOT_PASSED_UP = new Set([
  'authorization',
  'connection',
  'cookie',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'remote-user',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-real-ip',
  // Frames are read as far as their heads, and compressed ones could be told no farewell.
  'sec-websocket-extensions',
]);
/** Headers by which programs behind a proxy take somebody for signed in; all that begin so. */
const IDENTITY = ['x-forwarded-', 'x-auth-', 'x-webauth-', 'x-remote-', 'x-user', 'impersonate-', 'proxy-', 'curfew-'];

/** What concerns one connection only, or reaches beyond the session or this host. */
const NOT_PASSED_DOWN = new Set([
  'alt-svc',
  'clear-site-data',
  'connection',
  'keep-alive',
  'location',
  'proxy-authenticate',
  'refresh',
  'service-worker-allowed',
  'set-cookie',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // It would make browsers ask for a password, which does not get through.
  'www-authenticate',
]);

/** The two names of a dashboard. */
export interface Origins {
  /** Where people find it. */
  readonly own: string;
  readonly upstream: string;
}

/** Who asks, as the upstream is told. */
export interface Asking {
  readonly user: User;
  /** The `Authorization` that it is given; null for none. */
  readonly authorization: string | null;
}

/**
 * The headers of a request to an upstream, name and value in turn: the client's without what is Curfew's own or says who
 * somebody is, and then who it is.
 */
export function requestHeaders(raw: readonly string[], origins: Origins, { user, authorization }: Asking): string[] {
  const own = new URL(origins.own);
  const headers = ['host', new URL(origins.upstream).host];
  const dropped = namedByConnection(raw);
  const cookies: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...foreignCookies(value));
    else if (
      (name === 'origin' || name === 'referer') &&
      (value === origins.own || value.startsWith(`${origins.own}/`))
    )
      headers.push(name, origins.upstream + value.slice(origins.own.length));
    else if (isPassed(name) && !dropped.has(name)) headers.push(name, value);
  }
  if (cookies.length > 0) headers.push('cookie', cookies.join('; '));
  headers.push('x-forwarded-host', own.host, 'x-forwarded-proto', own.protocol.slice(0, -1));
  headers.push('x-forwarded-user', user.username, 'x-forwarded-groups', clusterIdentity(user).groups.join(','));
  if (authorization !== null) headers.push('authorization', authorization);
  return headers;
}

/** Also not one with `_`: many programs take it for the one with `-`. */
function isPassed(name: string): boolean {
  return !NOT_PASSED_UP.has(name) && !name.includes('_') && !IDENTITY.some((prefix) => name.startsWith(prefix));
}

function namedByConnection(raw: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.toLowerCase() === 'connection')
      for (const name of (raw[index + 1] ?? '').split(',')) names.add(name.trim().toLowerCase());
  return names;
}

function foreignCookies(header: string): string[] {
  return header.split(';').flatMap((each) => {
    const cookie = each.trim();
    return cookie === '' || cookie.toLowerCase().startsWith(OWN_COOKIE.toLowerCase()) ? [] : [cookie];
  });
}

/** The names of the cookies that a browser holds for an upstream. */
export function foreignCookieNames(header: string | undefined): string[] {
  return foreignCookies(header ?? '').flatMap((cookie) => cookie.split('=')[0]?.trim() || []);
}

/**
 * The headers of an upstream's answer, name and value in turn. Nothing is kept beyond the session unless the upstream says
 * that it is for everybody, and nobody else puts the page into a frame.
 *
 * @param leaving when a page at a path is left for what says that the session has ended; null where it is no page
 */
export function answerHeaders(
  answered: Readonly<Record<string, string | string[] | undefined>>,
  origins: Origins,
  leaving: { readonly inMs: number; readonly path: string } | null,
): string[] {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(answered)) {
    if (value === undefined || NOT_PASSED_DOWN.has(name) || name.startsWith('access-control-')) continue;
    if (name === 'cache-control') continue;
    for (const each of [value].flat()) headers.push(name, each);
  }
  const { location, 'set-cookie': cookies = [], 'cache-control': caching } = answered;
  if (typeof location === 'string') headers.push('location', ownLocation(location, origins));
  for (const cookie of [cookies].flat().flatMap((each) => ownCookie(each) ?? [])) headers.push('set-cookie', cookie);
  const isForAll = typeof caching === 'string' && /\b(?:public|immutable)\b/i.test(caching);
  headers.push('cache-control', isForAll ? caching : 'no-store');
  headers.push('content-security-policy', "frame-ancestors 'self'", 'referrer-policy', 'same-origin');
  if (leaving !== null) {
    const seconds = Math.ceil(leaving.inMs / 1000);
    headers.push('refresh', `${seconds}; url=/.curfew/ended?from=${encodeURIComponent(leaving.path)}`);
  }
  return headers;
}

/** A redirect to the upstream itself leads to where people find it; any other one leads where it says. */
function ownLocation(location: string, { own, upstream }: Origins): string {
  if (!/^(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}/i.test(location)) return location;
  if (!URL.canParse(location, upstream)) return '/';
  const target = new URL(location, upstream);
  return target.origin === upstream ? own + target.pathname + target.search + target.hash : target.href;
}

/** For this host alone and all of it, so that it can be forgotten when somebody else enters; null for one of Curfew's names. */
function ownCookie(cookie: string): string | null {
  const [pair = '', ...attributes] = cookie.split(';').map((each) => each.trim());
  if (pair.toLowerCase().startsWith(OWN_COOKIE.toLowerCase())) return null;
  const kept = attributes.filter((each) => !/^(?:domain|path)\b/i.test(each));
  return [pair, ...kept, 'Path=/'].join('; ');
}
