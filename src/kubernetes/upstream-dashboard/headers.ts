import { clusterIdentity } from '../../core/access.ts';
import type { User } from '../../core/user.ts';

/** Cookies that begin so are Curfew's own: no upstream sees or sets one. */
const OWN_COOKIE = '__Host-curfew';

/** What pages and browsers say of a request. Whatever else has no `X-` before it does not reach an upstream. */
const PASSED_UP = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'csrf-token',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'pragma',
  'priority',
  'range',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  // Without extensions: frames are read as far as their heads, and compressed ones could be told no farewell.
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'upgrade-insecure-requests',
  'user-agent',
  'xsrf-token',
]);
/** Words in headers with `X-` by which programs behind a proxy take somebody for signed in, or one request for another. */
const TRUSTED =
  /accel|account|amz|assert|auth|cert|client|email|forward|goog|group|host|identi|impersonat|jwt|method|origin|pomerium|principal|real|remote|rewrite|role|scope|ssl|user/;
/** (m) A bearer token in this form authenticates at an API server all by itself. */
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** What concerns one connection only, steers a proxy in front, or reaches beyond the session or this host. */
const NOT_PASSED_DOWN = new Set([
  'alt-svc',
  'cache-control',
  'cdn-cache-control',
  'clear-site-data',
  'connection',
  'keep-alive',
  'location',
  'nel',
  'proxy-authenticate',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'strict-transport-security',
  'surrogate-control',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // It would make browsers ask for a password, which does not get through.
  'www-authenticate',
  'x-lighttpd-send-file',
  'x-sendfile',
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
  const dropped = namesIn(raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'connection'));
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
    else if (isPassed(name, value) && !dropped.has(name)) headers.push(name, value);
  }
  if (cookies.length > 0) headers.push('cookie', cookies.join('; '));
  headers.push('x-forwarded-host', own.host, 'x-forwarded-proto', own.protocol.slice(0, -1));
  headers.push('x-forwarded-user', user.username, 'x-forwarded-groups', clusterIdentity(user).groups.join(','));
  if (authorization !== null) headers.push('authorization', authorization);
  return headers;
}

/** Of other characters many programs make a `-` or a `_`, and so another name. */
function isPassed(name: string, value: string): boolean {
  if (name === 'sec-websocket-protocol') return !value.toLowerCase().includes(BEARER_PROTOCOL);
  return PASSED_UP.has(name) || (/^x-[a-z0-9-]+$/.test(name) && !TRUSTED.test(name));
}

/** The names that `Connection` headers make hop-by-hop. */
function namesIn(connections: readonly string[]): Set<string> {
  return new Set(connections.flatMap((value) => value.split(',')).map((name) => name.trim().toLowerCase()));
}

function foreignCookies(header: string): string[] {
  return header.split(';').flatMap((each) => {
    const cookie = each.trim();
    return cookie === '' || cookie.toLowerCase().startsWith(OWN_COOKIE.toLowerCase()) ? [] : [cookie];
  });
}

/** What makes a browser forget the cookies that it holds for an upstream, whatever their names demand of them. */
export function forgetForeignCookies(header: string | undefined): string[] {
  const names = foreignCookies(header ?? '').flatMap((cookie) => cookie.split('=')[0]?.trim() || []);
  return names.flatMap((name) => ['', '; Partitioned'].map((kind) => `${name}=; Path=/; Secure; Max-Age=0${kind}`));
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
  const dropped = namesIn([answered['connection'] ?? []].flat());
  for (const [name, value] of Object.entries(answered)) {
    if (value === undefined || dropped.has(name) || NOT_PASSED_DOWN.has(name)) continue;
    if (/^(?:access-control|x-accel)-/.test(name)) continue;
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
