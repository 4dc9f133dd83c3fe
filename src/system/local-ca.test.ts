import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AsnConvert } from '@peculiar/asn1-schema';
import { NameConstraints, id_ce_nameConstraints } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { afterAll, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import { loadLocalTls } from './local-ca.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-ca-'));
afterAll(() => rmSync(folder, { recursive: true }));
const clock = createFakeClock(Date.now());

it('signs a certificate for loopback names, and keeps no key of the CA', async () => {
  const { cert, key, caPem } = await loadLocalTls(folder, clock);
  const [leaf, ca] = [new X509Certificate(cert), new X509Certificate(caPem)];
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
  ]);
  expect(leaf.checkHost('example.com')).toBeUndefined();
  expect(readdirSync(folder).toSorted()).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
  expect(key).toContain('PRIVATE KEY');
  expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600);
});

it('is a CA that may sign for this machine alone', () => {
  const ca = new x509.X509Certificate(readFileSync(join(folder, 'ca.pem'), 'utf8'));
  const constraints = ca.getExtension(id_ce_nameConstraints);
  const { permittedSubtrees } = AsnConvert.parse(constraints?.value ?? new ArrayBuffer(), NameConstraints);
  expect(constraints?.critical).toBe(true);
  expect([...(permittedSubtrees ?? [])].map(({ base }) => base.dNSName ?? base.iPAddress)).toEqual([
    'localhost',
    '127.0.0.0/8',
    '::1/128',
  ]);
});

it('is kept between starts, and made anew before it expires', async () => {
  const { cert } = await loadLocalTls(folder, clock);
  expect((await loadLocalTls(folder, clock)).cert).toBe(cert);
  await clock.jump(310 * 24 * 60 * 60_000);
  expect((await loadLocalTls(folder, clock)).cert).not.toBe(cert);
  expect(readFileSync(join(folder, 'cert.pem'), 'utf8')).not.toBe(cert);
});

it.each(['cert.pem', 'key.pem', 'ca.pem'])('is made anew where %s was cut short or is of another run', async (name) => {
  for (const spoil of [truncateSync, rmSync, writeOther]) {
    const { cert } = await loadLocalTls(folder, clock);
    await spoil(join(folder, name));
    const next = await loadLocalTls(folder, clock);
    expect(next.cert).not.toBe(cert);
    expect(await loadLocalTls(folder, clock)).toEqual(next);
  }
});

async function writeOther(path: string): Promise<void> {
  const other = mkdtempSync(join(tmpdir(), 'curfew-ca-'));
  await loadLocalTls(other, clock);
  copyFileSync(join(other, basename(path)), path);
  rmSync(other, { recursive: true });
}
