import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request as it arrived at the upstream. */
export interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/**
 * A stand-in for an API server that records what reaches it: what the gateway sends can be looked at byte for byte.
 * It is no Kubernetes; what kubectl makes of the gateway is tested on a real one.
 */
export interface RecordingUpstream {
  readonly recorded: Recorded[];
  readonly kubeconfig: string;
  /** What it does next; the default answers `{}`. */
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  upgrade: (request: IncomingMessage, socket: Duplex) => void;
  /** Whether access reviews are allowed. */
  allows: boolean;
  readonly openSockets: ReadonlySet<Duplex>;
  stop(): Promise<void>;
}

export async function startRecordingUpstream(kubeconfigPath: string): Promise<RecordingUpstream> {
  const recorded: Recorded[] = [];
  const openSockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('error', () => {
      // The gateway breaks requests off when their session ends.
    });
    request.on('end', () => {
      const isHealth = request.headers['impersonate-user'] === undefined && request.url !== '/api';
      if (isHealth && request.url === '/version') response.end('{"gitVersion":"v0.0.0-recording"}');
      else if (isHealth && request.url === '/readyz') response.end('ok');
      else {
        record(request, body);
        if (request.url?.endsWith('/selfsubjectaccessreviews') === true) {
          response.writeHead(201).end(JSON.stringify({ status: { allowed: upstream.allows } }));
        } else upstream.answer(request, response, body);
      }
    });
  });
  const record = ({ method = '', url = '', rawHeaders }: IncomingMessage, body: string): void => {
    recorded.push({ method, target: url, rawHeaders, body });
  };
  server.on('connection', (socket) => {
    openSockets.add(socket);
    socket.on('close', () => openSockets.delete(socket));
  });
  server.on('upgrade', (request, socket) => {
    record(request, '');
    socket.on('error', () => {
      // Tunnels are cut, that is what is tested.
    });
    socket.on('end', () => socket.destroy()).resume();
    upstream.upgrade(request, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(kubeconfigPath, kubeconfigOf(`http://127.0.0.1:${port}`));

  const upstream: RecordingUpstream = {
    recorded,
    kubeconfig: kubeconfigPath,
    answer: answerEmpty,
    upgrade: acceptUpgrade,
    allows: true,
    openSockets,
    async stop() {
      for (const socket of openSockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return upstream;
}

export function answerEmpty(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
}

/** Agrees to whatever is asked for, as an API server does, and to the first protocol offered. */
export function acceptUpgrade(request: IncomingMessage, socket: Duplex): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${switchHeaders(request)}\r\n`);
}

function switchHeaders({ headers }: IncomingMessage): string {
  const key = headers['sec-websocket-key'];
  if (key === undefined) {
    const versions = headers['x-stream-protocol-version'];
    const [version] = (Array.isArray(versions) ? versions.join(',') : (versions ?? '')).split(',');
    const chosen = version === '' || version === undefined ? '' : `X-Stream-Protocol-Version: ${version.trim()}\r\n`;
    return `Connection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n${chosen}`;
  }
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const protocol = headers['sec-websocket-protocol']?.split(',')[0];
  const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}`;
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    clusters: [{ name: 'recording', cluster: { server } }],
    users: [{ name: 'recording', user: { token: 'cluster-token' } }],
    contexts: [{ name: 'recording', context: { cluster: 'recording', user: 'recording' } }],
  });
}
