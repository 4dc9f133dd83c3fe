import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadLocalTls } from '../../src/system/local-ca.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { startNginx } from './nginx.ts';
import type { Scratch } from './scratch.ts';
import { freePort, startServer } from './server-process.ts';

/** The id that a portal gives it. */
export const STUB = 'stub';
export const SMALL = '/api/v1/namespaces/default/configmaps/small';
export const LARGE = '/api/v1/namespaces/default/configmaps/large';
export const WATCH = '/api/v1/namespaces/default/configmaps?watch=1';

/** Something that answers like an API server behind TLS, and costs too little to hold anybody up. */
export interface StubCluster {
  readonly port: number;
  readonly kubeconfig: string;
  readonly caFile: string;
}

/** Answers reads: nginx with a small and a large file in it. */
export async function startReadStub(scratch: Scratch): Promise<StubCluster> {
  const stub = await prepare(scratch, 'read-stub');
  const files = join(scratch.folder, 'files');
  mkdirSync(files, { mode: 0o755 });
  const small = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'small' }, data: { text: 'x'.repeat(1000) } };
  writeFileSync(join(files, 'small'), JSON.stringify(small), { mode: 0o644 });
  writeFileSync(join(files, 'large'), 'x'.repeat(10 * 2 ** 20), { mode: 0o644 });
  await startNginx(
    scratch,
    'read-stub',
    stub.port,
    `server {
      listen 127.0.0.1:${stub.port} ssl;
      ssl_certificate ${stub.tlsFolder}/cert.pem;
      ssl_certificate_key ${stub.tlsFolder}/key.pem;
      ssl_session_cache shared:s:10m;
      default_type application/json;
      location = ${SMALL} { alias ${files}/small; }
      location = ${LARGE} { alias ${files}/large; }
      location / { return 200 '{"gitVersion":"v1.20.2"}'; }
    }`,
  );
  return stub;
}

/** Answers watches, with one event each. */
export async function startWatchStub(scratch: Scratch): Promise<StubCluster> {
  const stub = await prepare(scratch, 'watch-stub');
  const file = join(import.meta.dirname, '..', 'servers', 'watch-stub.ts');
  const command = [process.execPath, file, String(stub.port), stub.tlsFolder] as const;
  await startServer(scratch, 'watch-stub', [...command], { saying: /^ready$/m });
  return stub;
}

async function prepare(scratch: Scratch, name: string): Promise<StubCluster & { readonly tlsFolder: string }> {
  const port = await freePort();
  const tlsFolder = join(scratch.folder, `${name}-tls`);
  const { caPem } = await loadLocalTls(tlsFolder, createSystemClock());
  const kubeconfig = join(scratch.folder, `${name}.kubeconfig`);
  const ca = Buffer.from(caPem).toString('base64');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': STUB,
      contexts: [{ name: STUB, context: { cluster: STUB, user: STUB } }],
      clusters: [{ name: STUB, cluster: { server: `https://localhost:${port}`, 'certificate-authority-data': ca } }],
      users: [{ name: STUB, user: { token: 'the-token-of-the-stub' } }],
    }),
  );
  return { port, kubeconfig, caFile: join(tlsFolder, 'ca.pem'), tlsFolder };
}
