import { request as requestPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestEncrypted } from 'node:https';
import { getCACertificates } from 'node:tls';
import { ERROR_CODES, PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
import { createSseParser } from '../wire/sse-parser.ts';
import type { ServerSentEvent } from '../wire/sse-parser.ts';
import type { SignIn } from './sign-ins.ts';

/** How long a portal may be silent. */
const SILENCE_MS = 15_000;

/** What an authority that is not known here shows itself as. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface AskOptions {
  /** No person caused it: it is no activity. */
  readonly background?: boolean;
  readonly silenceMs?: number;
}

/** The HTTP API of a portal. */
export class PortalClient {
  readonly #portal: Pick<SignIn, 'server' | 'caPem'> & { readonly token?: string };

  constructor(portal: Pick<SignIn, 'server' | 'caPem'> & { readonly token?: string }) {
    this.#portal = portal;
  }

  /**
   * Asks the portal. Redirects are not followed.
   *
   * @returns the JSON of the answer; undefined where it has none
   * @throws PortalError with the code that the portal answered, or `unavailable`
   */
  async send(method: Method, path: string, body?: unknown, options: AskOptions = {}): Promise<unknown> {
    return this.#reaching(async () => readJson(await this.#ask(method, path, body, options), this.#portal.server));
  }

  /**
   * Listens to server-sent events until the portal ends them, which is no activity.
   *
   * @throws PortalError as `send` does, also in the middle
   */
  async listen(path: string, onEvent: (event: ServerSentEvent) => void): Promise<void> {
    await this.#reaching(async () => {
      const response = await this.#ask('GET', path, undefined, { background: true });
      if (response.statusCode !== 200) return readJson(response, this.#portal.server);
      const parse = createSseParser(onEvent);
      for await (const part of response.setEncoding('utf8')) parse(String(part));
      return undefined;
    });
  }

  async #reaching<Result>(exchange: () => Promise<Result>): Promise<Result> {
    try {
      return await exchange();
    } catch (error) {
      if (error instanceof PortalError) throw error;
      throw unreachable(this.#portal.server, error as NodeJS.ErrnoException);
    }
  }

  #ask(method: Method, path: string, body: unknown, options: AskOptions): Promise<IncomingMessage> {
    const { server, token, caPem } = this.#portal;
    const url = new URL(path, server);
    const isEncrypted = url.protocol === 'https:';
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = (isEncrypted ? requestEncrypted : requestPlain)(
      url,
      {
        method,
        headers: {
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(options.background === true && { 'curfew-activity': 'none' }),
        },
        agent: false,
        timeout: options.silenceMs ?? SILENCE_MS,
        ...(isEncrypted && { ca: caPem ?? [...getCACertificates('default'), ...getCACertificates('system')] }),
      },
      resolve,
    );
    request.on('error', reject).on('timeout', () => request.destroy(new Error('it does not answer')));
    request.end(text);
    return promise;
  }
}

async function readJson(response: IncomingMessage, server: string): Promise<unknown> {
  const { statusCode: status = 0, headers } = response;
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  const json = parseJson(text);
  if (status >= 200 && status < 300 && (text === '' || json !== undefined)) return json;
  const refusal = problemError(json, Number(headers['retry-after']));
  throw refusal ?? new PortalError('unavailable', `${server} answered ${status}, and not as Curfew does.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever answered is no portal; the caller says so.
    return undefined;
  }
}

/**
 * A problem (RFC 9457) as the refusal that it is; null for anything else.
 *
 * @param retryAfter in seconds; NaN where the portal said nothing of it
 */
function problemError(json: unknown, retryAfter: number): PortalError | null {
  if (typeof json !== 'object' || json === null || !('code' in json) || !('detail' in json)) return null;
  const known = ERROR_CODES.find((code) => code === json.code);
  const details = Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {};
  return new PortalError(known ?? ('internal-error' satisfies ErrorCode), String(json.detail), details);
}

function unreachable(server: string, error: NodeJS.ErrnoException): PortalError {
  if (UNTRUSTED.has(error.code ?? '')) {
    const remedy = 'If it is a private one, sign in with --ca-file and the certificate of that authority.';
    return new PortalError('unavailable', `${server} shows a certificate of an authority that is not known. ${remedy}`);
  }
  const reasons = error instanceof AggregateError ? error.errors.map((each: Error) => each.message) : [error.message];
  return new PortalError('unavailable', `${server} cannot be reached: ${reasons.join('; ')}.`, { cause: error });
}
