import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import { createServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterIdentity } from '../../core/access.ts';
import { createSystemClock } from '../../system/clock.ts';
import { loadLocalTls } from '../../system/local-ca.ts';
import type { TlsFiles } from '../../system/local-ca.ts';
import { upstreamHeaders } from '../gateway/request-headers.ts';
import { openCluster } from './connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-connection-'));
let tls: TlsFiles;
beforeAll(async () => {
  tls = await loadLocalTls(join(folder, 'tls'), createSystemClock());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly httpVersion: string;
  readonly headers: readonly string[];
  readonly port: number | undefined;
}

const user = {
  id: 'u',
  username: 'ada',
  role: 'Administrator',
  readOnly: false,
  disabledAt: null,
  createdAt: 0,
} as const;

/** A server over TLS that answers with one line and goes on, and a cluster there to whom watches are sent. */
async function startServer(server: Http2SecureServer | HttpsServer) {
  const seen: Seen[] = [];
  const answers: ServerResponse[] = [];
  server.on('request', ({ httpVersion, rawHeaders, socket }: IncomingMessage, response: ServerResponse) => {
    seen.push({ httpVersion, headers: rawHeaders, port: socket.remotePort });
    answers.push(response);
    response.writeHead(200).write('{}\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cluster = openCluster(
    'c',
    {
      name: 'c',
      source: 'kubeconfig',
      server: new URL(`https://localhost:${(server.address() as AddressInfo).port}`),
      tls: { ca: tls.caPem, clientCertificate: null, clientKey: null, serverName: null, insecure: false },
      credential: { kind: 'token', token: 'of-the-cluster' },
    },
    createSystemClock(),
  );
  const connection = await cluster.connect();
  const headers = upstreamHeaders(
    ['Accept', 'application/json'],
    { session: { id: 's1' }, identity: clusterIdentity(user) },
    connection,
  );
  return {
    seen,
    answers,
    /** Resolves with the first line, read from a watch that stays open. */
    async watch() {
      const { body } = await connection.watchDispatcher().request({ origin: '', method: 'GET', path: '/', headers });
      const lines = body[Symbol.asyncIterator]();
      const next = async () => String((await lines.next()).value);
      return { first: await next(), next };
    },
    async stop() {
      await cluster.close();
      server.close();
    },
  };
}

const valuesOf = ({ headers }: Seen, name: string) =>
  headers.filter((_, index) => headers[index - 1]?.toLowerCase() === name);

it('sends watches over one HTTP/2 connection, with each group in a header of its own', async () => {
  const server = await startServer(createSecureServer(tls));
  await Promise.all([server.watch(), server.watch()]);
  const { seen } = server;
  expect(seen.map(({ httpVersion }) => httpVersion)).toEqual(['2.0', '2.0']);
  expect(seen[0]?.port).toBe(seen[1]?.port);
  for (const each of seen) {
    expect(valuesOf(each, 'impersonate-group')).toEqual(['curfew:users', 'curfew:administrators']);
    expect(valuesOf(each, 'impersonate-user')).toEqual(['curfew:ada']);
    expect(valuesOf(each, 'authorization')).toEqual(['Bearer of-the-cluster']);
  }
  await server.stop();
});

it('sends watches over a connection each to a server that speaks HTTP/1.1 alone', async () => {
  const server = await startServer(createServer(tls));
  await Promise.all([server.watch(), server.watch()]);
  const { seen } = server;
  expect(seen.map(({ httpVersion }) => httpVersion)).toEqual(['1.1', '1.1']);
  expect(seen[0]?.port).not.toBe(seen[1]?.port);
  for (const each of seen) {
    expect(valuesOf(each, 'impersonate-group')).toEqual(['curfew:users', 'curfew:administrators']);
  }
  await server.stop();
});

it('opens watches on a new connection once the server says that it closes the old one, which goes on', async () => {
  const http2 = createSecureServer(tls);
  const sessions: ServerHttp2Session[] = [];
  http2.on('session', (session) => void sessions.push(session));
  const server = await startServer(http2);
  const old = await server.watch();
  const [session] = sessions;
  session?.goaway(0, 2 ** 31 - 1);
  // Its answer says that the client has read what was sent before.
  await new Promise((resolve) => session?.ping(resolve));
  const later = await Promise.all([server.watch(), server.watch(), server.watch()]);
  expect(later.map(({ first }) => first)).toEqual(['{}\n', '{}\n', '{}\n']);
  expect(new Set(server.seen.map(({ port }) => port)).size).toBe(2);
  server.answers[0]?.write('more\n');
  expect(await old.next()).toBe('more\n');
  await server.stop();
});
