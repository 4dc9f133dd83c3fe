import { request as requestPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestEncrypted } from 'node:https';
import { getCACertificates } from 'node:tls';
import { ERROR_CODES, PortalError } from '../core/portal-error.ts';
import type { ErrorCode } from '../core/portal-error.ts';
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

/** The HTTP API of a portal. */
export class PortalClient {
  readonly #portal: Pick<SignIn, 'server' | 'caPem'> & { readonly token?: string };

  constructor(portal: Pick<SignIn, 'server' | 'caPem'> & { readonly token?: string }) {
    this.#portal = portal;
  }

  /**
   * Asks the portal. Redirects are not followed.
   *
   * @param options `background`: no person caused it, so that it is no activity
   * @returns the JSON of the answer; undefined where it has none
   * @throws PortalError with the code that the portal answered, or `unavailable`
   */
  async send(
    method: Method,
    path: string,
    body?: unknown,
    options: { background?: boolean; silenceMs?: number } = {},
  ): Promise<unknown> {
    const { server } = this.#portal;
    const { status, text } = await this.#exchange(method, path, body, options).catch((error: unknown) => {
      throw unreachable(server, error as NodeJS.ErrnoException);
    });
    const json = parseJson(text);
    if (status >= 200 && status < 300 && (text === '' || json !== undefined)) return json;
    throw problemError(json) ?? new PortalError('unavailable', `${server} answered ${status}, and not as Curfew does.`);
  }

  #exchange(method: Method, path: string, body: unknown, options: { background?: boolean; silenceMs?: number }) {
    const { server, token, caPem } = this.#portal;
    const url = new URL(path, server);
    const isEncrypted = url.protocol === 'https:';
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
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
      (response) => {
        readAnswer(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject);
      },
    );
    request.on('error', reject).on('timeout', () => request.destroy(new Error('it does not answer')));
    request.end(text);
    return promise;
  }
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever answered is no portal; the caller says so.
    return undefined;
  }
}

/** A problem (RFC 9457) as the refusal that it is; null for anything else. */
function problemError(json: unknown): PortalError | null {
  if (typeof json !== 'object' || json === null || !('code' in json) || !('detail' in json)) return null;
  const known = ERROR_CODES.find((code) => code === json.code);
  return new PortalError(known ?? ('internal-error' satisfies ErrorCode), String(json.detail));
}

function unreachable(server: string, error: NodeJS.ErrnoException): PortalError {
  if (UNTRUSTED.has(error.code ?? '')) {
    const remedy = 'If it is a private one, sign in with --ca-file and the certificate of that authority.';
    return new PortalError('unavailable', `${server} shows a certificate of an authority that is not known. ${remedy}`);
  }
  const reasons = error instanceof AggregateError ? error.errors.map((each: Error) => each.message) : [error.message];
  return new PortalError('unavailable', `${server} cannot be reached: ${reasons.join('; ')}.`, { cause: error });
}
