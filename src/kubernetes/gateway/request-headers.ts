import type { ClusterIdentity } from '../../core/access.ts';
import type { SessionHandle } from '../../sessions/stream.ts';

/** What a client may say to the cluster. Whatever is not listed here does not reach it. */
const PASSED = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'range',
  'user-agent',
  'x-requested-with',
]);
/** And what it may say besides, to open a tunnel. Extensions are not passed: compressed frames could not be read. */
const PASSED_ON_UPGRADE = new Set([
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'x-stream-protocol-version',
]);
/** (m) A bearer token in this form authenticates at the API server all by itself. */
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** Known spellings, so that the hot path need not lower-case names again and again. */
const LOWER = new Map<string, string>();
for (const name of [...PASSED, 'host', 'connection', 'authorization', 'cookie']) {
  LOWER.set(name, name);
  LOWER.set(
    name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
    name,
  );
}

export interface UpstreamHeaderOptions {
  /** The `Authorization` of the cluster's own credential. */
  readonly authorization: string | null;
  /** `websocket` or `SPDY/3.1`; null for an ordinary request. */
  readonly upgrade?: string | null;
  /** Names that are not passed on this time, as those of a body that is replaced. */
  readonly without?: ReadonlySet<string>;
}

/**
 * The headers of a request to a cluster: those of an allow-list, the cluster's own credential, and the user that the
 * credential acts for. The only function that makes such headers: a request without them would act as a cluster
 * administrator (security, A missing impersonation header).
 *
 * @param raw the client's headers, name and value in turn
 * @throws Error where there is no user to act for
 */
export function upstreamHeaders(
  raw: readonly string[],
  { session, identity }: { readonly session: Pick<SessionHandle, 'id'>; readonly identity: ClusterIdentity },
  options: UpstreamHeaderOptions,
): string[] {
  const { user, groups } = identity;
  if (!/^curfew:./.test(user) || groups.length === 0 || !groups.every(isCurfews) || session.id === '') {
    throw new Error('A request to a cluster needs a user to act for.');
  }
  const headers: string[] = [];
  addPassed(headers, raw, options);
  if (options.upgrade !== undefined && options.upgrade !== null) {
    headers.push('connection', 'Upgrade', 'upgrade', options.upgrade);
  }
  if (options.authorization !== null) headers.push('authorization', options.authorization);
  headers.push('impersonate-user', user);
  for (const [index, group] of groups.entries()) headers.push(groupHeader(index), group);
  headers.push('impersonate-extra-session.curfew', session.id);
  return headers;
}

function isCurfews(group: string): boolean {
  return group.startsWith('curfew:');
}

/**
 * The name of one group's header, each in a spelling of its own: undici joins equal names with commas in HTTP/2, and
 * the cluster would read one group of a strange name. On the wire they are one name, repeated.
 */
function groupHeader(index: number): string {
  const name = 'impersonate-group';
  return index === 0 ? name : name.slice(0, index - 1) + name.charAt(index - 1).toUpperCase() + name.slice(index);
}

function addPassed(headers: string[], raw: readonly string[], options: UpstreamHeaderOptions): void {
  const upgrading = options.upgrade !== undefined && options.upgrade !== null;
  const hopByHop = connectionNames(raw);
  for (let index = 0; index < raw.length; index += 2) {
    const name = lowerCase(raw[index] ?? '');
    if (!PASSED.has(name) && !(upgrading && PASSED_ON_UPGRADE.has(name))) continue;
    if (hopByHop?.has(name) === true || options.without?.has(name) === true) continue;
    const value = raw[index + 1] ?? '';
    if (name !== 'sec-websocket-protocol') headers.push(name, value);
    else addProtocols(headers, value);
  }
}

function addProtocols(headers: string[], value: string): void {
  const protocols = value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.toLowerCase().startsWith(BEARER_PROTOCOL));
  if (protocols.length > 0) headers.push('sec-websocket-protocol', protocols.join(', '));
}

/** The names that `Connection` makes hop-by-hop; null where there are none, as nearly always. */
function connectionNames(raw: readonly string[]): Set<string> | null {
  let names: Set<string> | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    if (lowerCase(raw[index] ?? '') !== 'connection') continue;
    const value = (raw[index + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'upgrade' || value === 'close') continue;
    names ??= new Set();
    for (const name of value.split(',')) names.add(name.trim());
  }
  return names;
}

/** Whether a client tries to act as somebody else: `kubectl --as`. */
export function triesToImpersonate(raw: readonly string[]): boolean {
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const first = name.charCodeAt(0);
    if ((first === 0x49 || first === 0x69) && name.toLowerCase().startsWith('impersonate-')) return true;
  }
  return false;
}

/** The size of a request's headers, about as many bytes as they took. */
export function headerBytes(raw: readonly string[]): number {
  let bytes = 0;
  for (const text of raw) bytes += text.length + 2;
  return bytes;
}

/** The value of one header; the first, where there are several. */
export function headerValue(raw: readonly string[], wanted: string): string | null {
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length === wanted.length && name.toLowerCase() === wanted) return raw[index + 1] ?? '';
  }
  return null;
}

function lowerCase(name: string): string {
  return LOWER.get(name) ?? name.toLowerCase();
}
