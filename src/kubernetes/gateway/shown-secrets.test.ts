import { describe, expect, it } from 'vitest';
import { parseApiRequest } from './api-request.ts';
import { splitTarget } from './request-target.ts';
import { showsSecrets } from './shown-secrets.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const shows = (target: string, accept: string | undefined, method = 'GET') =>
  showsSecrets(parseApiRequest(method, splitTarget(target)), accept);

describe('what may show the contents of Secrets', () => {
  it.each([TABLE, METADATA])('nothing that is asked for as %s', (accept) => {
    expect(shows('/api/v1/secrets', accept)).toBe(false);
    expect(shows('/api/v1/namespaces/a/secrets/b?includeObject=Metadata', accept)).toBe(false);
    expect(shows('/api/v1/secrets?watch=1&includeObject=None', accept)).toBe(false);
  });

  it.each([undefined, '*/*', 'application/json', `${TABLE},application/json`, `${TABLE}, ${METADATA}`, ` ${TABLE}`])(
    'what is asked for as %s',
    (accept) => expect(shows('/api/v1/namespaces/a/secrets/b', accept)).toBe(true),
  );

  it.each(['Object', 'object', 'None&includeObject=Object', '%4fbject'])('a table with includeObject=%s', (value) => {
    expect(shows(`/api/v1/secrets?includeObject=${value}`, TABLE)).toBe(true);
    expect(shows(`/api/v1/secrets?include%4fbject=${value}`, TABLE)).toBe(true);
  });

  it('a change, whose answer is the Secret', () => {
    expect(shows('/api/v1/namespaces/a/secrets/b', 'application/json', 'PATCH')).toBe(true);
  });

  it('nothing of another kind', () => {
    expect(shows('/api/v1/namespaces/a/configmaps/b', undefined)).toBe(false);
  });
});
