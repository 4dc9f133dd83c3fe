// The least that a forwarder with undici has to do, with neither authentication nor a deadline.
// Usage: node undici-proxy.mjs PORT UPSTREAM_PORT CA_FILE
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [port, upstreamPort, caFile] = process.argv.slice(2);
const pool = new Pool(`https://localhost:${upstreamPort}`, {
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: { ca: readFileSync(caFile) },
});
createServer((request, response) => {
  pool.dispatch(
    { method: request.method, path: request.url, headers: { authorization: 'Bearer the-token-of-the-stub' } },
    {
      onRequestStart: (controller) => response.once('close', () => controller.abort(new Error('gone'))),
      onResponseStart(_controller, status, headers) {
        for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[name];
        response.writeHead(status, headers).flushHeaders();
      },
      onResponseData(controller, chunk) {
        if (response.write(chunk)) return;
        controller.pause();
        response.once('drain', () => controller.resume());
      },
      onResponseEnd: () => response.end(),
      onResponseError: () => response.destroy(),
    },
  );
}).listen(Number(port), '127.0.0.1', 4096, () => console.log('ready'));
