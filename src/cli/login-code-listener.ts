import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PortalError } from '../core/portal-error.ts';

/** What the browser brought. */
export interface BroughtCode {
  readonly code: string;
  /** Sends the browser on to a page. */
  goOn(url: string): Promise<void>;
  /** Says in the browser what went wrong. */
  fail(sentence: string): Promise<void>;
}

export interface CodeListener {
  readonly port: number;
  /** @throws PortalError `forbidden` where somebody refused */
  readonly brought: Promise<BroughtCode>;
  close(): void;
}

/** Waits on a free port of 127.0.0.1 for the browser to bring the code (RFC 8252, 7.3). Anything else is turned away. */
export async function listenForCode(state: string): Promise<CodeListener> {
  const { promise: brought, resolve, reject } = Promise.withResolvers<BroughtCode>();
  // Whoever waits may have given up before.
  brought.catch(() => undefined);
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const answer = readAnswer(request, `127.0.0.1:${port}`, state);
    if (answer === null) return void say(response, 400, 'This is not for a browser. Run `curfew login` again.');
    if (answer.code !== null) return resolve(broughtCode(answer.code, response));
    const refused = new PortalError('forbidden', 'The sign-in was refused in the browser. Nobody was signed in.');
    void say(response, 200, 'The command line was not let in. You can close this page.').then(() => reject(refused));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    // Browsers connect also for what they may ask later.
    server.closeAllConnections();
  };
  return { port, brought, close };
}

/** @returns null for whatever did not come from the page that was opened; a code of null: somebody refused */
function readAnswer(request: IncomingMessage, host: string, state: string): { code: string | null } | null {
  // Under another name it may be a page of somebody else's that asks.
  if (request.method !== 'GET' || request.headers.host !== host) return null;
  const url = new URL(request.url ?? '/', `http://${host}`);
  if (url.pathname !== '/' || url.searchParams.get('state') !== state) return null;
  const code = url.searchParams.get('code');
  return code !== null || url.searchParams.has('error') ? { code } : null;
}

function broughtCode(code: string, response: ServerResponse): BroughtCode {
  return {
    code,
    goOn: (url) => end(response.writeHead(303, { ...HEADERS, location: url })),
    fail: (sentence) => say(response, 500, sentence),
  };
}

const HEADERS = { connection: 'close', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function say(response: ServerResponse, status: number, sentence: string): Promise<void> {
  const headers = { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return end(response.writeHead(status, headers), `${sentence}\n`);
}

/** Resolves once it is sent, or whoever asked is gone. */
function end(response: ServerResponse, text = ''): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve).end(text, resolve);
  });
}
