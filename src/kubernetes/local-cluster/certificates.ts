import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { Clock } from '../../core/clock.ts';

const DAY_MS = 24 * 60 * 60_000;
const CA_LIFE_MS = 10 * 365 * DAY_MS;
const LEAF_LIFE_MS = 365 * DAY_MS;
/** A certificate is renewed once less than a third of its life is left. */
const RENEW_BEFORE_MS = LEAF_LIFE_MS / 3;
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

interface Leaf {
  readonly name: string;
  /** As X.500 names are written: `CN=admin,O=system:masters`. */
  readonly subject: string;
  /** For servers: the names and addresses they are reached under. */
  readonly hosts?: readonly string[];
  /** For servers that also call themselves. */
  readonly isClientToo?: boolean;
}

/**
 * The cluster's own certificates, in a folder of mode 0700: a CA, and a leaf for each component. They are made on first
 * use, renewed before they expire, and made anew where the node's address changed.
 */
export async function ensureCertificates(folder: string, nodeAddress: string, clock: Clock): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = await ensureCa(folder, clock);
  for (const leaf of leaves(nodeAddress)) await ensureLeaf(folder, leaf, ca, clock);
  if (!existsSync(join(folder, 'service-account.key'))) writeServiceAccountKey(folder);
}

function leaves(nodeAddress: string): Leaf[] {
  const service = 'kubernetes.default.svc';
  const api = ['localhost', 'kubernetes', 'kubernetes.default', service, `${service}.cluster.local`];
  return [
    { name: 'apiserver', subject: 'CN=kube-apiserver', hosts: [...api, '127.0.0.1', '10.96.0.1', nodeAddress] },
    { name: 'etcd', subject: 'CN=etcd', hosts: ['127.0.0.1'], isClientToo: true },
    { name: 'etcd-client', subject: 'CN=kube-apiserver-etcd-client' },
    { name: 'kubelet-server', subject: 'CN=node1', hosts: ['node1', '127.0.0.1', nodeAddress] },
    { name: 'admin', subject: 'CN=curfew-portal,O=system:masters' },
    { name: 'controller-manager', subject: 'CN=system:kube-controller-manager' },
    { name: 'scheduler', subject: 'CN=system:kube-scheduler' },
    { name: 'proxy', subject: 'CN=system:kube-proxy' },
    { name: 'kubelet', subject: 'CN=system:node:node1,O=system:nodes' },
    { name: 'apiserver-kubelet', subject: 'CN=kube-apiserver-kubelet-client,O=system:masters' },
  ];
}

interface Ca {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
  readonly isNew: boolean;
}

async function ensureCa(folder: string, clock: Clock): Promise<Ca> {
  const [certFile, keyFile] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
  if (existsSync(certFile) && existsSync(keyFile)) {
    const certificate = new x509.X509Certificate(readFileSync(certFile, 'utf8'));
    const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(keyFile, 'utf8'));
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, KEY, false, ['sign']);
    if (timeLeft(certificate, clock) > LEAF_LIFE_MS) return { certificate, key, isNew: false };
  }
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(clock, CA_LIFE_MS),
    name: 'CN=curfew-local-cluster-ca',
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  await writeKey(keyFile, keys.privateKey);
  writeFileSync(certFile, `${certificate.toString('pem')}\n`, { mode: 0o600 });
  return { certificate, key: keys.privateKey, isNew: true };
}

async function ensureLeaf(folder: string, leaf: Leaf, ca: Ca, clock: Clock): Promise<void> {
  const certFile = join(folder, `${leaf.name}.crt`);
  if (!ca.isNew && existsSync(certFile) && isUsable(readFileSync(certFile, 'utf8'), leaf, clock)) return;
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(clock, LEAF_LIFE_MS),
    subject: leaf.subject,
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        ...(leaf.hosts === undefined ? [] : [serverAuth]),
        ...(leaf.hosts === undefined || leaf.isClientToo === true ? [clientAuth] : []),
      ]),
      ...(leaf.hosts === undefined ? [] : [alternativeNames(leaf.hosts)]),
    ],
  });
  await writeKey(join(folder, `${leaf.name}.key`), keys.privateKey);
  writeFileSync(certFile, `${certificate.toString('pem')}\n`, { mode: 0o600 });
}

function isUsable(pem: string, { hosts = [] }: Leaf, clock: Clock): boolean {
  const certificate = new x509.X509Certificate(pem);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const known = new Set(names.map(({ value }) => value));
  return timeLeft(certificate, clock) > RENEW_BEFORE_MS && hosts.every((host) => known.has(host));
}

function alternativeNames(hosts: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    hosts.map((value) => ({ type: isIP(value) > 0 ? ('ip' as const) : ('dns' as const), value })),
  );
}

function timeLeft(certificate: x509.X509Certificate, clock: Clock): number {
  return certificate.notAfter.getTime() - clock.now();
}

function validity(clock: Clock, lifeMs: number) {
  const now = clock.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + lifeMs), signingAlgorithm: KEY };
}

async function writeKey(file: string, key: CryptoKey): Promise<void> {
  const pem = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
  writeFileSync(file, `${pem}\n`, { mode: 0o600 });
}

/** Signs service account tokens: RSA, since 1.20 signs with nothing else by default. Never renewed: tokens hang on it. */
function writeServiceAccountKey(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'service-account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
  writeFileSync(join(folder, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }), {
    mode: 0o600,
  });
}
