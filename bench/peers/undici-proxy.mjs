// The least that a forwarder with undici has to do, with neither authentication nor a deadline.
// Usage: node undici-proxy.mjs PORT UPSTREAM CA_FILE [CERTIFICATE_FILE KEY_FILE]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [port, upstream, ...files] = process.argv.slice(2);
const [ca, cert, key] = files.map((file) => readFileSync(file));
const credential = cert === undefined ? { authorization: 'Bearer the-token-of-the-stub' } : {};
const pool = new Pool(upstream, {
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: { ca, cert, key },
});
createServer((request, response) => {
  pool.dispatch(
    { method: request.method, path: request.url, headers: credential },
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
