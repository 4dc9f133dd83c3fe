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

  it.each([
    ['PATCH', 'pods/curfew-shell-1'],
    ['PUT', 'pods/curfew-shell-1'],
    ['PATCH', 'pods/curfew-shell-1/status'],
    ['PUT', 'pods/curfew-shell-1/resize'],
    ['POST', 'pods/curfew-shell-1/binding'],
    ['POST', 'pods'],
    ['GET', 'pods/curfew-shell-1/unheard-of'],
  ])('are not written to: %s %s', (method, path) => {
    const call = () => check(method, `/api/v1/namespaces/${SHELLS}/${path}`);
    expect(call).toThrow(/nobody enters these pods or changes them/);
    expect(() => check(method, `/api/v1/namespaces/default/${path}`)).not.toThrow();
  });

  it('go when their node is drained', () => {
    const pods = `/api/v1/namespaces/${SHELLS}/pods`;
    expect(() => check('POST', `${pods}/curfew-shell-1/eviction`)).not.toThrow();
    expect(() => check('DELETE', pods)).not.toThrow();
  });

  it.each([
    ['POST', `run/${SHELLS}/curfew-shell-1/shell`],
    ['GET', `exec/${SHELLS}/curfew-shell-1/shell`],
    ['GET', `%65xec/${SHELLS}/curfew-shell-1/shell`],
    ['GET', `attach/${SHELLS}/curfew-shell-1/shell`],
    ['POST', `portForward/${SHELLS}/curfew-shell-1`],
    ['GET', 'cri/exec/token'],
    ['POST', 'metrics'],
    ['GET', ''],
  ])('are not entered by way of their node: %s %s', (method, what) => {
    for (const node of ['node-1', 'node-1:10250', 'https:node-1:10250', 'proxy']) {
      const path = `/api/v1/nodes/${node}/proxy/${what}`;
      expect(() => check(method, path)).toThrow(/nothing that leads into a pod/);
      expect(() => check(method, path, null)).not.toThrow();
    }
  });

  it('do not keep anybody from the metrics of a node', () => {
    for (const what of ['metrics/cadvisor', 'stats/summary', 'healthz', 'logs/', 'pods']) {
      expect(() => check('GET', `/api/v1/nodes/node-1/proxy/${what}`)).not.toThrow();
    }
  });

  it('are those of their namespace, where there is one', () => {
    const exec = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods/a/exec?command=sh`;
    expect(() => check('GET', exec('default'))).not.toThrow();
    expect(() => check('GET', exec(SHELLS), null)).not.toThrow();
  });
});
