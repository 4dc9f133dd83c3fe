/** The claim of a Kubernetes token that says where its holder signed in with `curfew login`. */
export const LOGIN_CLAIM = 'login';

const ADDRESS = /^https?:\/\/[A-Za-z0-9.:[\]-]+$/;

/**
 * Where the holder of a Kubernetes token signs in with `curfew login`; null for one that was downloaded with a
 * kubeconfig, and for whatever is no such token. Nothing is verified: it is for words to the holder alone.
 */
export function loginAddressOf(token: string): string | null {
  const [, payload = ''] = token.split('.');
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown> | null;
    const address = claims?.[LOGIN_CLAIM];
    return typeof address === 'string' && ADDRESS.test(address) ? address : null;
  } catch {
    // No JWT, so none of ours.
    return null;
  }
}
