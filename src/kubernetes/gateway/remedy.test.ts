import { expect, it } from 'vitest';
import { remedyFor } from './remedy.ts';

const token = (claims: object) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

it.each<[string, string | undefined, string]>([
  [
    'a credential of the command line',
    token({ login: 'https://curfew.example:8443' }),
    'Sign in again with: curfew login --server https://curfew.example:8443',
  ],
  ['a downloaded kubeconfig', token({}), 'Sign in to Curfew again, then download a new kubeconfig.'],
  ['no token of ours', 'Bearer x', 'Sign in to Curfew again, then download a new kubeconfig.'],
  ['no JSON', 'Bearer a.b.c', 'Sign in to Curfew again, then download a new kubeconfig.'],
  ['null', token(null as unknown as object), 'Sign in to Curfew again, then download a new kubeconfig.'],
  [
    'one that somebody made up',
    token({ login: 'https://x; rm -rf /' }),
    'Sign in to Curfew again, then download a new kubeconfig.',
  ],
  ['a page', undefined, 'Sign in to Curfew again.'],
])('who comes with %s is told how to go on', (_what, authorization, said) => {
  expect(remedyFor(authorization)()).toBe(said);
});
