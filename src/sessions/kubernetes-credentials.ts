import { createHmac } from 'node:crypto';
import type { Place } from '../core/place.ts';
import type { KubernetesTokenMaker } from './kubernetes-token.ts';
import type { LiveSession } from './live-session.ts';
import type { Sessions } from './sessions.ts';

export interface KubernetesCredentialsPorts {
  readonly sessions: Pick<Sessions, 'openKubernetes' | 'issueToken' | 'authenticate'>;
  readonly tokens: KubernetesTokenMaker;
}

/** Who asks for a credential, and how. */
export interface CredentialAsker {
  readonly address: string | null;
  /** Where its holder signs in with `curfew login`; null for others. */
  readonly loginAddress: string | null;
  /**
   * The token that a program presented which keeps nothing: asked again with it, it gets the same credential again
   * (docs/adr/0025). Null: a new one each time.
   */
  readonly presented: string | null;
  /** What the record says of it; that it was given for kubectl, unless told otherwise. */
  readonly did?: string;
}

/** A token for kubectl, and the Kubernetes session that it is of. */
export interface KubernetesCredential {
  readonly token: string;
  readonly session: LiveSession;
}

/** Gives out what kubectl presents at the gateway. Whether the caller may be there is to be asked before. */
export class KubernetesCredentials {
  readonly #ports: KubernetesCredentialsPorts;

  constructor(ports: KubernetesCredentialsPorts) {
    this.#ports = ports;
  }

  /**
   * A credential of the caller's Kubernetes session at a place, which is opened or joined by that.
   *
   * @throws PortalError as `openKubernetes` and `issueToken` do
   */
  async give(caller: LiveSession, place: Place, asker: CredentialAsker): Promise<KubernetesCredential> {
    const { sessions, tokens } = this.#ports;
    const session = await sessions.openKubernetes(caller, place.clusterId, place.tenantId);
    if (asker.presented === null) {
      const token = await tokens.make(session, asker.loginAddress);
      return { token: await sessions.issueToken(session, 'kubernetes', asker.address, token), session };
    }
    // Its signature is the same for the same claims (RFC 8032), so nothing has to be kept to give it out again.
    const nonce = createHmac('sha256', asker.presented).update(session.id).digest('base64url');
    const token = await tokens.make(session, asker.loginAddress, nonce);
    if (await this.#isGiven(token)) return { token, session };
    try {
      await sessions.issueToken(session, 'kubernetes', asker.address, token, asker.did);
    } catch (error) {
      // The same program may have asked twice at once: then it is there now.
      if (!(await this.#isGiven(token))) throw error;
    }
    return { token, session };
  }

  async #isGiven(token: string): Promise<boolean> {
    return (await this.#ports.sessions.authenticate(token)).live;
  }
}
