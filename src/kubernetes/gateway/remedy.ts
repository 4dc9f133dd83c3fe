import { loginAddressOf } from '../../sessions/login-address.ts';

/** What a client whose session is over has to do to go on, as a sentence. Asked for only then. */
export type Remedy = () => string;

export const remedyInShell: Remedy = () => 'Sign in to Curfew again, then open a new shell.';

/**
 * For a request from outside, by what it authenticates itself with.
 *
 * @param authorization its `Authorization` header, which nobody need have verified
 */
export function remedyFor(authorization: string | undefined): Remedy {
  return () => {
    if (authorization === undefined) return 'Sign in to Curfew again.';
    const address = loginAddressOf(authorization);
    if (address === null) return 'Sign in to Curfew again, then download a new kubeconfig.';
    // Without a full stop, which would be copied along.
    return `Sign in again with: curfew login --server ${address}`;
  };
}
