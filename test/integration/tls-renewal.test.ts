import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const DAY_MS = 24 * 60 * 60_000;

let test: TestPortal;
beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
});
afterAll(() => test.stop());

/** Connects and takes what is shown: the clocks of TLS and of the test differ, so that Node cannot judge its dates. */
async function connection() {
  const { hostname: host, port } = new URL(test.portal.tlsUrl ?? '');
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  return { socket, certificate: new X509Certificate(socket.getPeerCertificate().raw) };
}

async function trustedByKubeconfig(): Promise<X509Certificate> {
  const browser = await test.administrator();
  const [cluster] = (await browser.get('/api/clusters')).body.items;
  const { status, body } = await browser.send('POST', `/api/clusters/${cluster.id}/kubeconfig`);
  expect(status).toBe(201);
  const ca: string = parse(body.kubeconfig).clusters[0].cluster['certificate-authority-data'];
  return new X509Certificate(Buffer.from(ca, 'base64'));
}

it('shows a new certificate before the old one expires, without a restart', async () => {
  const before = await connection();
  const trusted = await trustedByKubeconfig();
  expect(before.certificate.verify(trusted.publicKey)).toBe(true);

  await test.clock.jump(305 * DAY_MS);
  await vi.waitFor(async () => {
    const { socket, certificate } = await connection();
    socket.destroy();
    expect(certificate.fingerprint256).not.toBe(before.certificate.fingerprint256);
  });

  const after = await connection();
  expect(after.certificate.validToDate.getTime()).toBeGreaterThan(test.clock.now() + 360 * DAY_MS);
  expect(after.certificate.verify(trusted.publicKey)).toBe(false);
  expect(after.certificate.verify((await trustedByKubeconfig()).publicKey)).toBe(true);
  // Both answer: a connection that was there goes on.
  for (const { socket } of [before, after]) {
    socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  }
});
