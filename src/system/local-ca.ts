import 'reflect-metadata';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  id_ce_nameConstraints,
} from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import type { Clock } from '../core/clock.ts';
import { writeWhole } from './write-whole.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Browsers refuse leaf certificates that live longer than 398 days. */
const LIFE_MS = 365 * DAY_MS;
const RENEW_BEFORE_MS = 60 * DAY_MS;
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** The CA to trust, for kubeconfigs. */
  readonly caPem: string;
}

/**
 * The certificate of the TLS listener, signed by a CA made on this machine for it alone: the CA may sign for loopback
 * names only (name constraints), and its key is never stored. Both are made anew before they expire, and where the files
 * are not there or do not belong together.
 *
 * @param folder where the three files are kept, mode 0700
 */
export async function loadLocalTls(folder: string, clock: Clock): Promise<TlsFiles> {
  const stored = readStored(folder);
  if (stored !== null && clock.now() < renewalAt(stored)) return stored;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = await makeTls(clock.now());
  writeWhole(join(folder, 'key.pem'), made.key);
  writeWhole(join(folder, 'cert.pem'), made.cert);
  writeWhole(join(folder, 'ca.pem'), made.caPem);
  return made;
}

/** When the certificate is to be made anew. */
export function renewalAt({ cert }: Pick<TlsFiles, 'cert'>): number {
  return new X509Certificate(cert).validToDate.getTime() - RENEW_BEFORE_MS;
}

function readStored(folder: string): TlsFiles | null {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  try {
    const files = { cert: read('cert.pem'), key: read('key.pem'), caPem: read('ca.pem') };
    const leaf = new X509Certificate(files.cert);
    const belong =
      leaf.checkPrivateKey(createPrivateKey(files.key)) && leaf.verify(new X509Certificate(files.caPem).publicKey);
    return belong ? files : null;
  } catch {
    // Not there, or cut short: nothing is lost with them, new ones take their place.
    return null;
  }
}

async function makeTls(now: number): Promise<TlsFiles> {
  const caKeys = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + LIFE_MS), signingAlgorithm: KEY };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=Curfew local CA',
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      loopbackOnly(),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        ['localhost', '127.0.0.1', '::1'].map((value) => ({
          type: isIP(value) > 0 ? ('ip' as const) : ('dns' as const),
          value,
        })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: leaf.toString('pem'), key: `${key}\n`, caPem: ca.toString('pem') };
}

/** RFC 5280, section 4.2.1.10: the only names that this CA may sign for. */
function loopbackOnly(): x509.Extension {
  const bases = [
    new GeneralName({ dNSName: 'localhost' }),
    new GeneralName({ iPAddress: '127.0.0.0/8' }),
    new GeneralName({ iPAddress: '::1/128' }),
  ];
  const permittedSubtrees = new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base })));
  const value = AsnConvert.serialize(new NameConstraints({ permittedSubtrees }));
  return new x509.Extension(id_ce_nameConstraints, true, value);
}
