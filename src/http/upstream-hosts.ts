import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { PortalError } from '../core/portal-error.ts';
import type { UpstreamDashboard } from '../core/upstream-dashboard.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { SessionHandle } from '../sessions/stream.ts';
import { problemOf } from './errors.ts';
import { isFromOurPage } from './origin.ts';
import type { Origins } from './origin.ts';
import { hasBody } from './slow-body.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import type { UpstreamEntrance } from './upstream-entrance.ts';

/** What begins with it at a dashboard's hostname is Curfew's. */
const OWN = '/.curfew/';

/** What a hostname of a dashboard answers with: the upstream behind it. */
interface Subject {
  readonly dashboard: UpstreamDashboard;
  readonly origins: { readonly own: string; readonly upstream: string };
  readonly session: SessionHandle;
  refuse(error: PortalError): void;
}

export interface UpstreamHostsPorts {
  readonly log: Logger;
  readonly dashboards: {
    find(id: string): UpstreamDashboard | undefined;
    ofHost(host: string | undefined): UpstreamDashboard | undefined;
  };
  readonly entrance: UpstreamEntrance;
  readonly proxy: {
    exchange(subject: Subject, incoming: IncomingMessage, response: ServerResponse): Promise<void>;
    tunnel(subject: Subject, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  };
  mayEnter(user: User, clusterId: string, tenantId: string | null): boolean;
  /** What makes a browser forget the cookies that it holds for an upstream. */
  forgetForeignCookies(header: string | undefined): string[];
  countRefusal(code: PortalError['code']): void;
}

/**
 * Serves the hostnames of registered dashboards: whoever has entered gets what the upstream answers, anybody else is sent to
 * the portal. Nothing but Curfew's own cookie of that hostname counts here.
 */
export class UpstreamHosts {
  readonly #ports: UpstreamHostsPorts;
  readonly #origins: Origins;

  constructor(ports: UpstreamHostsPorts, origins: Origins) {
    this.#ports = ports;
    this.#origins = origins;
  }

  /** Whether a request is for one of them. */
  serves({ headers }: IncomingMessage): boolean {
    return this.#ports.dashboards.ofHost(headers.host) !== undefined;
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#handle(request, response)
      .catch((error: unknown) => this.#refuse(request, response, error))
      .catch((error: unknown) => {
        this.#ports.log.error({ err: error }, 'a dashboard could not be served');
        response.destroy();
      });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (error: unknown): void => refuseUpgrade(socket, this.#problem(error));
    this.#subject(request, true, refuse)
      .then((subject) => this.#ports.proxy.tunnel(subject, request, socket, head))
      .catch(refuse);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path.startsWith(OWN)) return this.#answerOwn(request, response, path.slice(OWN.length));
    const subject = await this.#subject(request, false, (error) => this.#refuse(request, response, error));
    await this.#ports.proxy.exchange(subject, request, response);
  }

  /** @throws PortalError */
  async #subject(request: IncomingMessage, upgrades: boolean, refuse: (error: unknown) => void): Promise<Subject> {
    const own = this.#origins.ofDashboard(request);
    requireDashboardPage(request, own, upgrades);
    const { dashboard, session } = await this.#enteredBy(request);
    if (session.user.readOnly && (upgrades || !isRead(request) || hasBody(request)))
      throw new PortalError(
        'forbidden',
        'You are read-only: of this dashboard you may only see what it shows by itself.',
      );
    if (isOfPerson(request)) session.touch();
    return { dashboard, origins: { own, upstream: dashboard.upstream }, session, refuse };
  }

  /** @throws PortalError `authentication-required`, `session-ended`, `forbidden`, `not-found` */
  async #enteredBy(request: IncomingMessage): Promise<{ dashboard: UpstreamDashboard; session: LiveSession }> {
    const { dashboards, entrance, mayEnter } = this.#ports;
    const session = await entrance.authenticate(request, this.#dashboard(request));
    // Another replica may have removed it, which is known now at the latest.
    const dashboard = dashboards.find(this.#dashboard(request).id);
    if (dashboard === undefined || session.clusterId !== dashboard.clusterId || session.tenantId !== null)
      throw new PortalError('not-found', 'There is no such dashboard any more.');
    if (!mayEnter(session.user, dashboard.clusterId, null))
      throw new PortalError('forbidden', 'You may not reach this cluster any more.');
    return { dashboard, session };
  }

  async #answerOwn(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const [name, query] = path.split('?');
    if (request.method !== 'GET') throw new PortalError('method-not-allowed', 'This path takes GET.');
    if (name === 'enter') return this.#enter(request, response, new URLSearchParams(query).get('code') ?? '');
    if (name !== 'ended') throw new PortalError('not-found', 'There is nothing here.');
    await this.#enteredBy(request);
    // Browsers stay where they are, and their page with them.
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
  }

  async #enter(request: IncomingMessage, response: ServerResponse, code: string): Promise<void> {
    const { cookies, path } = await this.#ports.entrance.redeem(request, this.#dashboard(request), code);
    // What the upstream gave to whoever was here before.
    const forgotten = this.#ports.forgetForeignCookies(request.headers.cookie);
    response
      .writeHead(303, {
        ...PRIVATE,
        'clear-site-data': '"storage"',
        location: path,
        'set-cookie': [...forgotten, ...cookies],
      })
      .end();
  }

  #refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const error = this.#problem(thrown);
    if (response.headersSent || response.destroyed) return;
    const mustEnter = error.code === 'authentication-required' || error.code === 'session-ended';
    // It may have been removed meanwhile.
    const dashboard = this.#ports.dashboards.ofHost(request.headers.host);
    if (!isNavigation(request)) {
      const body = JSON.stringify(problemOf(error));
      response.writeHead(problemOf(error).status, { ...PRIVATE, 'content-type': 'application/problem+json' }).end(body);
    } else if (mustEnter && dashboard !== undefined && request.url?.startsWith(`${OWN}enter`) !== true)
      this.#sendToPortal(request, response, dashboard);
    else answerPage(response, error);
  }

  #sendToPortal(request: IncomingMessage, response: ServerResponse, { id }: UpstreamDashboard): void {
    const { state, cookie } = this.#ports.entrance.begin(request, wantedPath(request.url ?? '/'));
    const location = `${this.#origins.home(request)}/enter/${id}?state=${state}`;
    response.writeHead(303, { ...PRIVATE, location, 'set-cookie': cookie }).end();
  }

  #problem(thrown: unknown): PortalError {
    const isRefusal = thrown instanceof PortalError;
    if (!isRefusal) this.#ports.log.error({ err: thrown }, 'a dashboard could not be served');
    const error = isRefusal ? thrown : new PortalError('internal-error', 'The portal failed. Its log says why.');
    this.#ports.countRefusal(error.code);
    return error;
  }

  #dashboard({ headers }: IncomingMessage): UpstreamDashboard {
    const dashboard = this.#ports.dashboards.ofHost(headers.host);
    if (dashboard === undefined) throw new PortalError('not-found', 'There is no such dashboard any more.');
    return dashboard;
  }
}

/** Where somebody wants to be: also whoever comes from a page that has left by itself. */
function wantedPath(path: string): string {
  if (!path.startsWith(OWN)) return path;
  const from = new URLSearchParams(path.split('?')[1]).get('from') ?? '/';
  return from.startsWith(OWN) ? '/' : from;
}

const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' };

/**
 * A page of the dashboard itself asks, or somebody goes there. Its page's workers would go on showing what they kept after
 * the session has ended.
 *
 * @throws PortalError `origin-refused`, `forbidden`, `invalid-request`
 */
function requireDashboardPage(request: IncomingMessage, own: string, upgrades: boolean): void {
  const { headers } = request;
  if (request.url?.startsWith('/') !== true)
    throw new PortalError('invalid-request', 'The address of the request is no path.');
  if (headers['service-worker'] !== undefined)
    throw new PortalError('forbidden', 'Service workers are not served: they would outlive the session.');
  const isFromOutside = isRead(request) && !upgrades && isNavigation(request) && headers.origin === undefined;
  if (isFromOutside || isFromOurPage(request, own, upgrades || !isRead(request))) return;
  throw new PortalError('origin-refused', 'The request did not come from a page of this dashboard.');
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether somebody goes there with a tab; in a frame, only a page of the dashboard may show another one. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination, accept = '' } = headers;
  if (method !== 'GET') return false;
  return mode === undefined ? accept.includes('text/html') : mode === 'navigate' && destination === 'document';
}

/** Going somewhere, or changing something. Pages ask for data by themselves, also with POST (guide, Other dashboards). */
function isOfPerson({ method = '', headers }: IncomingMessage): boolean {
  return headers['sec-fetch-user'] === '?1' || ['PUT', 'PATCH', 'DELETE'].includes(method);
}

function answerPage(response: ServerResponse, error: PortalError): void {
  const { status, title } = problemOf(error);
  response
    .writeHead(status, {
      ...PRIVATE,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    })
    .end(
      '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
        `<title>${title}</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;` +
        `max-width:36rem;margin:15vh auto;padding:0 1rem}</style><main><h1>${title}</h1><p>${escapeHtml(error.message)}</p>` +
        '<p><a href="/">Open the dashboard again</a></p></main></html>',
    );
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
