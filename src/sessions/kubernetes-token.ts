import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT, calculateJwkThumbprint, importPKCS8, exportJWK } from 'jose';
import type { CryptoKey } from 'jose';
import type { LiveSession } from './live-session.ts';
import { LOGIN_CLAIM } from './login-address.ts';

/**
 * Makes the tokens that kubectl presents at the gateway. They are JWTs by form, since clients read `exp`; what counts
 * at the gateway is whether they are found alive by their hash (security, Tokens).
 */
export class KubernetesTokenMaker {
  readonly #key: CryptoKey;
  readonly #keyId: string;
  readonly #issuer: string;

  constructor(key: CryptoKey, keyId: string, issuer: string) {
    this.#key = key;
    this.#keyId = keyId;
    this.#issuer = issuer;
  }

  /**
   * A token for a Kubernetes session, until the latest instant that the session can reach.
   *
   * @param loginAddress where its holder signed in with `curfew login`; null where it goes into a kubeconfig
   * @param nonce what tells it from others of that session: with the same one, it is the same token
   */
  async make(session: LiveSession, loginAddress: string | null, nonce: string = randomUUID()): Promise<string> {
    const claims = loginAddress === null ? {} : { [LOGIN_CLAIM]: loginAddress };
    return new SignJWT({ nonce, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: this.#keyId })
      .setIssuer(this.#issuer)
      .setAudience(session.clusterId ?? '')
      .setSubject(session.user.username)
      .setJti(session.id)
      .setIssuedAt(Math.floor(session.startedAt / 1000))
      .setExpirationTime(Math.floor(session.latestEndAt() / 1000))
      .sign(this.#key);
  }
}

/** A new signing key as PKCS #8. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' });
}

export async function createKubernetesTokenMaker(pkcs8: string, issuer: string): Promise<KubernetesTokenMaker> {
  const key = await importPKCS8(pkcs8, 'EdDSA', { extractable: true });
  const { d: _secret, ...publicJwk } = await exportJWK(key);
  const keyId = await calculateJwkThumbprint(publicJwk);
  return new KubernetesTokenMaker(await importPKCS8(pkcs8, 'EdDSA'), keyId, issuer);
}
