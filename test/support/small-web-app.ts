import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What the application was asked, with the headers as they came. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * A small web application as dashboards are: it knows people by headers of the proxy before it, keeps a cookie of its own,
 * redirects with whole URLs, refuses other origins, streams events, and talks over a websocket.
 */
export interface SmallWebApp {
  readonly origin: string;
  readonly received: Received[];
  /** How many websockets and event streams are open. */
  open(): number;
  stop(): Promise<void>;
}

const PAGE = `<!doctype html><html lang="en"><title>Small app</title><main><h1>Small app</h1>
<p id="who"></p><p id="clicks">0</p><button id="add">Add</button><p id="socket">connecting</p><p id="events">none</p></main>
<script src="/app.js"></script></html>`;
const SCRIPT = `
const show = (id, text) => { document.getElementById(id).textContent = text; };
const look = () => fetch('/api/me').then((answer) => answer.json()).then((me) => { show('who', me.user); show('clicks', me.clicks); });
document.getElementById('add').onclick = () => fetch('/api/clicks', { method: 'POST', body: '1' }).then(look);
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket');
socket.onopen = () => socket.send('hello');
socket.onmessage = (event) => show('socket', event.data);
socket.onclose = (event) => show('socket', 'closed ' + event.code + ' ' + event.reason);
new EventSource('/events').onmessage = (event) => show('events', event.data);
look();
`;

/** @param tls a certificate and its key, to speak TLS */
export async function startSmallWebApp(tls?: { cert: string; key: string }): Promise<SmallWebApp> {
  const received: Received[] = [];
  const streams = new Set<ServerResponse>();
  const clicks = new Map<string, number>();

  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const { method = '', url = '', headers } = request;
    const user = String(headers['x-forwarded-user']);
    const origin = `${tls === undefined ? 'http' : 'https'}://${headers.host}`;
    if (method !== 'GET' && headers.origin !== origin) return void response.writeHead(403).end('another origin');
    const cookie = /(?:^|; )small=(\w+)/.exec(headers.cookie ?? '')?.[1];
    switch (url.split('?', 1)[0] ?? '') {
      case '/': {
        // Absolute, as many applications do.
        return void response.writeHead(302, { location: `${origin}/home` }).end();
      }
      case '/home': {
        const set = `small=${user}; Domain=${headers.host?.split(':')[0]}; Path=/home; HttpOnly`;
        const html = {
          'content-type': 'text/html',
          'set-cookie': [set, '__Host-curfew-dashboard=mine; Path=/; Secure'],
        };
        return void response.writeHead(200, { ...html, 'clear-site-data': '"cookies"' }).end(PAGE);
      }
      case '/app.js':
        return void response
          .writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'public, max-age=60' })
          .end(SCRIPT);
      case '/api/me': {
        const me = { user, cookie, clicks: clicks.get(user) ?? 0 };
        return void response
          .writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
          .end(JSON.stringify(me));
      }
      case '/api/clicks':
        clicks.set(user, (clicks.get(user) ?? 0) + Number(body));
        return void response.writeHead(204).end();
      case '/events':
        streams.add(response.on('close', () => streams.delete(response)));
        return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: began\n\n');
      case '/elsewhere':
        return void response.writeHead(302, { location: 'https://grafana.example/login' }).end();
      default:
        return void response.writeHead(404, { 'www-authenticate': 'Basic' }).end('nothing here');
    }
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(request, response, body);
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    received.push({ method: 'GET', url: request.url ?? '', headers: request.headers, body: '' });
    const isOurs = request.headers.origin === `${tls === undefined ? 'http' : 'https'}://${request.headers.host}`;
    if (!isOurs || request.url !== '/socket') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      const user = String(request.headers['x-forwarded-user']);
      websocket.on('message', (data) => websocket.send(`${user}: ${(data as Buffer).toString('utf8')}`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    received,
    open: () => streams.size + sockets.clients.size,
    async stop() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
