import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { PortalError } from '../core/portal-error.ts';
import type { HttpSettings } from './ports.ts';

/** Whether the request came over TLS that ends here. */
function isEncrypted(request: IncomingMessage): boolean {
  return (request.socket as Partial<TLSSocket>).encrypted === true;
}

/** HTTP asks for exactly one (RFC 9112, section 3.2). Of two, we and a proxy in front may each believe another one. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) if (rawHeaders[index]?.toLowerCase() === 'host') hosts++;
  return hosts > 1;
}

type OriginSettings = Pick<HttpSettings, 'host' | 'port' | 'publicUrl'> & { readonly tls: { port: number } | null };

/**
 * The hosts under which this server answers, as they stand in a Host header, and the origin of each. Any other host is
 * refused, so that a name that somebody points at this machine gets nothing (security, Exposure).
 */
export class Origins {
  readonly #byHost = new Map<string, { plain: string; tls: string }>();
  readonly #names: ReadonlySet<string>;
  readonly #home: { readonly plain: string; readonly tls: string };

  constructor({ host, port, tls, publicUrl }: OriginSettings) {
    const loopback = ['localhost', '127.0.0.1', '[::1]'];
    const names = isWildcard(host) || loopback.includes(host) ? loopback : [bracketed(host), ...loopback];
    for (const name of names) {
      this.#add(`${name}:${port}`, `http://${withoutDefault(name, port, 80)}`);
      if (port === 80) this.#add(name, `http://${name}`);
      if (tls !== null) this.#add(`${name}:${tls.port}`, `https://${withoutDefault(name, tls.port, 443)}`);
      if (tls?.port === 443) this.#add(name, `https://${name}`);
    }
    if (publicUrl !== null) this.#add(publicUrl.host, publicUrl.origin);
    this.#names = new Set([...names, ...(publicUrl === null ? [] : [publicUrl.hostname])]);
    const [name = ''] = names;
    const plain = publicUrl?.origin ?? `http://${withoutDefault(name, port, 80)}`;
    this.#home = { plain, tls: publicUrl?.origin ?? `https://${withoutDefault(name, tls?.port ?? 443, 443)}` };
  }

  /** Where whoever sent a request finds the portal, also where it was sent to a dashboard. */
  home(request: IncomingMessage): string {
    return isEncrypted(request) ? this.#home.tls : this.#home.plain;
  }

  /** Whether a `Host` header is one of the portal's. */
  hasHost(host: string): boolean {
    return this.#byHost.has(host);
  }

  /** Whether the portal answers under a hostname. */
  hasName(hostname: string): boolean {
    return this.#names.has(hostname);
  }

  /** The origin of a request that was sent to a dashboard's hostname. */
  ofDashboard(request: IncomingMessage): string {
    return `${new URL(this.home(request)).protocol}//${request.headers.host?.toLowerCase() ?? ''}`;
  }

  /** The origin of a request by its Host header; null when it is not one of ours. */
  of(request: IncomingMessage): string | null {
    const known = this.#byHost.get(request.headers.host?.toLowerCase() ?? '');
    if (known === undefined) return null;
    return isEncrypted(request) ? known.tls : known.plain;
  }

  #add(host: string, origin: string): void {
    const known = this.#byHost.get(host);
    if (known === undefined) this.#byHost.set(host, { plain: origin, tls: origin });
    else if (origin.startsWith('https:')) known.tls = origin;
  }
}

/** What load balancers ask by address, whatever the portal is called. They tell nothing about anybody. */
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Why a request is not answered under the Host that it names; null where it is.
 *
 * @param isForDashboard whether it names a dashboard's
 */
export function hostRefusal(request: IncomingMessage, origins: Origins, isForDashboard: boolean): PortalError | null {
  if (hasTwoHosts(request)) return new PortalError('invalid-request', 'The request has more than one Host header.');
  if (isForDashboard || origins.of(request) !== null || PROBES.has(request.url ?? '')) return null;
  return new PortalError(
    'wrong-host',
    'The portal does not answer under this host name, and no dashboard is registered there. Configure the portal’s with --public-url.',
  );
}

/**
 * Whether a request that a cookie authenticates was made by a page of ours. Browsers say so in `Origin` (always on
 * writes and upgrades) and in `Sec-Fetch-Site`; a request that says neither is no browser's and needs a bearer token.
 */
export function isFromOurPage(request: IncomingMessage, ourOrigin: string, strict: boolean): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== ourOrigin) return false;
  if (site !== undefined && site !== 'same-origin' && (strict || site !== 'none')) return false;
  return !strict || origin === ourOrigin || site === 'same-origin';
}

/**
 * Signing in is no use of a cookie, yet another site must not do it in somebody's browser (login CSRF).
 *
 * @throws PortalError `origin-refused`
 */
export function requireOurPageOrNoBrowser(request: IncomingMessage, origins: Origins): void {
  const origin = origins.of(request);
  if (origin !== null && isFromOurPage(request, origin, false)) return;
  throw new PortalError('origin-refused', 'The request did not come from a page of this portal.');
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host.toLowerCase();
}

function withoutDefault(name: string, port: number, defaultPort: number): string {
  return port === defaultPort ? name : `${name}:${port}`;
}
