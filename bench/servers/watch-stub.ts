import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';

// A cluster in which nothing ever happens: every watch gets one event and then waits. Speaks HTTP/1.1 and HTTP/2.
// Usage: node watch-stub.ts PORT TLS_FOLDER
const [port, folder = ''] = process.argv.slice(2);
const EVENT = `${JSON.stringify({
  type: 'BOOKMARK',
  object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '1' } },
})}\n`;
const server = createSecureServer({
  allowHTTP1: true,
  cert: readFileSync(join(folder, 'cert.pem')),
  key: readFileSync(join(folder, 'key.pem')),
  settings: { maxConcurrentStreams: 250 },
});
server.on('request', (request, response) => {
  const isWatch = request.url.includes('watch=');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (isWatch) response.write(EVENT);
  else response.end(JSON.stringify({ gitVersion: 'v1.20.2' }));
});
server.on('sessionError', () => undefined).on('tlsClientError', () => undefined);
server.listen(Number(port), '127.0.0.1', 4096, () => console.log('ready'));
