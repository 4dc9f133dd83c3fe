import { describe, expect, it } from 'vitest';
import { parseApiRequest } from './api-request.ts';
import { splitTarget } from './request-target.ts';
import { checkNoWayIn } from './shell-namespace.ts';

const SHELLS = 'curfew-shells';
const check = (method: string, path: string, namespace: string | null = SHELLS): void =>
  checkNoWayIn(parseApiRequest(method, splitTarget(path)), namespace);

describe('the pods of shells', () => {
  it.each(['exec', 'attach', 'portforward', 'proxy', 'proxy/a/b', 'ephemeralcontainers'])(
    'are not entered by %s, whoever asks',
    (subresource) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH']) {
        const path = `/api/v1/namespaces/${SHELLS}/pods/curfew-shell-1/${subresource}?command=sh`;
        expect(() => check(method, path)).toThrow(/shells of others/);
      }
    },
  );

  it('are listed, shown and deleted as the cluster lets people do it', () => {
    for (const path of ['', '/curfew-shell-1', '/curfew-shell-1/log', '/curfew-shell-1/status']) {
      expect(() => check('GET', `/api/v1/namespaces/${SHELLS}/pods${path}`)).not.toThrow();
    }
    expect(() => check('DELETE', `/api/v1/namespaces/${SHELLS}/pods/curfew-shell-1`)).not.toThrow();
  });

  it('are those of their namespace, where there is one', () => {
    const exec = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods/a/exec?command=sh`;
    expect(() => check('GET', exec('default'))).not.toThrow();
    expect(() => check('GET', exec(SHELLS), null)).not.toThrow();
  });
});
