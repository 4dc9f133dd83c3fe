import { beforeEach, describe, expect, it } from 'vitest';
import type { Tenant } from '../../core/tenant.ts';
import { ApiError } from '../clusters/own-api.ts';
import type { OwnApi } from '../clusters/own-api.ts';
import { keepCluster } from './keep-cluster.ts';
import type { KeptCluster } from './keep-cluster.ts';
import { bindingSchema } from './role-binding.ts';
import type { FoundBinding, WantedBinding } from './role-binding.ts';

const ID = '5f3c9b7e-0000-4000-8000-000000000001';
const TENANT: Tenant = { id: ID, name: 'shop', clusterId: 'c', namespace: 'shop', bindings: 'managed', createdAt: 0 };
const [EDIT, VIEW] = [`shop/curfew-tenant-${ID}`, `shop/curfew-tenant-${ID}-read-only`];
const CURFEWS = { 'app.kubernetes.io/managed-by': 'curfew', 'curfew.io/tenant': ID, 'curfew.io/portal': 'here' };

/** As much of an API server as role bindings need: names, versions, preconditions. */
class StubApi implements OwnApi {
  readonly bindings = new Map<string, FoundBinding & { readonly apiVersion?: string }>();
  readonly namespaces = new Set<string>();
  readonly calls: string[] = [];
  /** Answers with an error in place of what would happen. */
  refuse: (method: string, path: string) => ApiError | null = () => null;
  allows: (name: string) => boolean = () => true;
  #version = 0;

  put(place: string, binding: object): void {
    const [namespace, name] = place.split('/');
    const version = String(++this.#version);
    const metadata = { labels: CURFEWS, ...('metadata' in binding ? Object(binding.metadata) : {}), namespace, name };
    this.bindings.set(
      place,
      bindingSchema.parse({ ...binding, metadata: { uid: version, ...metadata, resourceVersion: version } }),
    );
  }

  async call(method: string, target: string, body?: object): Promise<unknown> {
    // Others get their turn, as over a network.
    await Promise.resolve();
    const [path = ''] = target.split('?');
    if (method !== 'GET') this.calls.push(`${method} ${path.split('/').slice(-3).join('/')}`);
    const refused = this.refuse(method, path);
    if (refused !== null) throw refused;
    const [, namespace, name] = /(?:\/namespaces\/([^/]+))?\/rolebindings(?:\/(.+))?$/.exec(path) ?? [];
    if (method === 'POST' && path === '/api/v1/namespaces') return this.#makeNamespace(body as WantedBinding);
    if (this.namespaces.has(path.replace('/api/v1/namespaces/', ''))) return { kind: 'Namespace' };
    if (path.startsWith('/api/v1/namespaces/') && namespace === undefined) throw new ApiError(404, 'no namespace');
    if (method === 'GET' && namespace === undefined) return { items: [...this.bindings.values()] };
    if (namespace === undefined || !this.namespaces.has(namespace)) throw new ApiError(404, 'no namespace');
    if (method === 'POST') return this.#create(body as WantedBinding);
    const place = `${namespace}/${name}`;
    const found = this.bindings.get(place);
    if (found === undefined) throw new ApiError(404, 'no such binding');
    if (method === 'GET') return found;
    const { metadata, preconditions } = body as Record<string, Partial<FoundBinding['metadata']>>;
    const { resourceVersion } = metadata ?? preconditions ?? {};
    if (resourceVersion !== found.metadata.resourceVersion) throw new ApiError(409, 'changed meanwhile');
    if (method === 'DELETE') this.bindings.delete(place);
    else this.put(place, body ?? {});
    return {};
  }

  mayI({ name = '' }: Readonly<Record<string, string>>): Promise<boolean> {
    return Promise.resolve(this.allows(name));
  }

  #makeNamespace({ metadata: { name } }: WantedBinding): object {
    if (this.namespaces.has(name)) throw new ApiError(409, 'exists');
    this.namespaces.add(name);
    return {};
  }

  #create(binding: WantedBinding): object {
    const place = `${binding.metadata.namespace}/${binding.metadata.name}`;
    if (this.bindings.has(place)) throw new ApiError(409, 'exists');
    this.put(place, binding);
    return {};
  }
}

let api: StubApi;
let tenants: Tenant[];
const failures: ApiError[] = [];
const done: string[] = [];
const keep = (portalId = 'here', clusterId = 'c'): Promise<KeptCluster> =>
  keepCluster({
    ...{ api, portalId, clusterId },
    listTenants: () => Promise.resolve(tenants),
    did: (sentence) => done.push(sentence),
    failed: (error) => failures.push(error),
  });
const stateOf = async (): Promise<string> => {
  const { state, sentence } = (await keep()).states.get(ID) ?? {};
  return `${state}: ${sentence}`;
};
const boundBy = (place: string): string => {
  const { roleRef, subjects } = api.bindings.get(place) ?? {};
  return `${roleRef?.name} to ${subjects?.map(({ name }) => name).join()}`;
};

beforeEach(() => {
  api = new StubApi();
  tenants = [TENANT];
  failures.length = 0;
  done.length = 0;
});

describe('keepCluster', () => {
  it('makes namespace and role bindings, and then has nothing to do', async () => {
    expect(await stateOf()).toMatch(/^ready: Curfew keeps its role bindings in the namespace shop/);
    expect([...api.bindings.keys()]).toEqual([EDIT, VIEW]);
    expect(boundBy(EDIT)).toBe(`edit to curfew:tenant:${ID}`);
    expect(boundBy(VIEW)).toBe(`view to curfew:tenant-read-only:${ID}`);
    expect(api.bindings.get(EDIT)?.metadata.labels).toEqual(CURFEWS);
    api.calls.length = 0;
    await keep();
    expect(api.calls).toEqual([]);
  });

  it('makes again what was deleted, and repairs what was changed', async () => {
    await keep();
    api.bindings.delete(VIEW);
    const { metadata, roleRef } = api.bindings.get(EDIT) ?? {};
    api.put(EDIT, { metadata, roleRef, subjects: [{ kind: 'User', name: 'curfew:mallory' }] });
    expect(await stateOf()).toMatch(/^ready/);
    expect(boundBy(EDIT)).toBe(`edit to curfew:tenant:${ID}`);
    expect(boundBy(VIEW)).toBe(`view to curfew:tenant-read-only:${ID}`);
  });

  it('makes one anew that is bound to another role, which cannot be changed', async () => {
    await keep();
    const { metadata, subjects } = api.bindings.get(EDIT) ?? {};
    api.put(EDIT, { metadata, subjects, roleRef: { apiGroup: 'x', kind: 'ClusterRole', name: 'cluster-admin' } });
    api.calls.length = 0;
    expect(await stateOf()).toMatch(/^ready/);
    expect(api.calls.map((call) => call.split(' ')[0])).toEqual(['DELETE', 'POST']);
    expect(boundBy(EDIT)).toBe(`edit to curfew:tenant:${ID}`);
  });

  it.each([
    ['has no labels', {}],
    ['is managed by something else', { ...CURFEWS, 'app.kubernetes.io/managed-by': 'Helm' }],
    ['is another tenant’s', { ...CURFEWS, 'curfew.io/tenant': 'other', 'curfew.io/portal': 'there' }],
  ])('leaves one alone that %s, and says so', async (_what, labels) => {
    api.namespaces.add('shop');
    const foreign = { metadata: { labels }, roleRef: { apiGroup: 'x', kind: 'Role', name: 'mine' } };
    api.put(EDIT, foreign);
    expect(await stateOf()).toBe(
      `failed: The role binding ${EDIT} is not Curfew’s: its labels say so. Delete or rename it.`,
    );
    expect(boundBy(EDIT)).toBe('mine to ');
  });

  it('takes away what former tenants had, and nothing else', async () => {
    await keep();
    const role = { roleRef: { apiGroup: 'x', kind: 'Role', name: 'mine' } };
    api.put('shop/by-hand', { ...role, metadata: { labels: {} } });
    api.put('shop/of-another-portal', { ...role, metadata: { labels: { ...CURFEWS, 'curfew.io/portal': 'there' } } });
    tenants = [];
    expect(await keep()).toEqual({ states: new Map(), isClean: true });
    expect([...api.bindings.keys()]).toEqual(['shop/by-hand', 'shop/of-another-portal']);
    expect(api.namespaces).toContain('shop');
  });

  it('takes away what it had made once an administrator binds the groups', async () => {
    await keep();
    tenants = [{ ...TENANT, bindings: 'own' }];
    expect(await stateOf()).toBe(
      `ready: Its role bindings in the namespace shop are yours: bind the groups curfew:tenant:${ID} and curfew:tenant-read-only:${ID}.`,
    );
    expect(api.bindings.size).toBe(0);
  });

  it('makes the namespace of one whose role bindings are an administrator’s, where it may look', async () => {
    tenants = [{ ...TENANT, bindings: 'own' }];
    expect(await stateOf()).toMatch(/^ready: Its role bindings in the namespace shop are yours/);
    expect([...api.namespaces]).toEqual(['shop']);
    api.namespaces.clear();
    api.refuse = (method, path) =>
      path.startsWith('/api/v1/namespaces') && method === 'POST' ? new ApiError(403, 'may not') : null;
    expect(await stateOf()).toMatch(/^failed: There is no namespace shop, and Curfew may not make it/);
    api.refuse = (_method, path) => (path.startsWith('/api/v1/namespaces') ? new ApiError(403, 'may not') : null);
    expect(await stateOf()).toMatch(/^ready: /);
    expect([...api.namespaces]).toEqual([]);
  });

  it('takes away nothing of a tenant that comes while it looks', async () => {
    tenants = [];
    await Promise.all([keep(), Promise.resolve().then(() => (tenants = [TENANT])), keep()]);
    await keep();
    expect(api.bindings.size).toBe(2);
  });

  it('leaves alone what tenants of another id of the same cluster need', async () => {
    tenants = [TENANT, { ...TENANT, id: 'other', clusterId: 'same', namespace: 'elsewhere' }];
    await Promise.all([keep(), keep('here', 'same')]);
    expect(api.bindings.size).toBe(4);
    api.calls.length = 0;
    expect([...(await keep()).states.keys()]).toEqual([ID]);
    expect([...(await keep('here', 'same')).states.keys()]).toEqual(['other']);
    expect(api.calls).toEqual([]);
  });

  it('says what it did', async () => {
    await keep();
    expect(done.splice(0)).toEqual([
      'The namespace shop was made.',
      `The role binding ${EDIT} to edit was made.`,
      `The role binding ${VIEW} to view was made.`,
    ]);
    const subjects = [{ kind: 'User', name: 'curfew:mallory' }];
    api.put(EDIT, { ...api.bindings.get(EDIT), subjects });
    api.put(VIEW, { ...api.bindings.get(VIEW), roleRef: { apiGroup: 'x', kind: 'Role', name: 'y' } });
    await keep();
    expect(done.splice(0)).toEqual([
      `The role binding ${EDIT}, which had User curfew:mallory, was put right.`,
      `The role binding ${VIEW}, which was to y, was taken away.`,
      `The role binding ${VIEW} to view was made.`,
    ]);
    tenants = [];
    await keep();
    expect(done).toEqual(
      [EDIT, VIEW].map((each) => `The role binding ${each}, which no tenant needs any more, was taken away.`),
    );
  });

  it('is of one mind with a copy of itself on a copy of its database', async () => {
    await keep('here');
    api.calls.length = 0;
    expect((await keep('there')).states.get(ID)?.state).toBe('ready');
    expect(api.calls).toEqual([]);
    tenants = [];
    await keep('there');
    expect(api.bindings.size).toBe(2);
  });

  it('does the same as another replica at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const kept = await Promise.all([keep(), keep(), keep()]);
      expect(kept.map(({ states }) => states.get(ID)?.state)).toEqual(['ready', 'ready', 'ready']);
      expect(api.bindings.size).toBe(2);
      api.put(EDIT, {
        metadata: api.bindings.get(EDIT)?.metadata,
        roleRef: { apiGroup: 'x', kind: 'Role', name: 'y' },
      });
      api.bindings.delete(VIEW);
    }
  });

  it('gives up for now where something else keeps changing it', async () => {
    api.namespaces.add('shop');
    api.refuse = (method) => (method === 'POST' ? new ApiError(409, 'exists') : null);
    expect(await stateOf()).toBe(`pending: Something else keeps changing the role binding ${EDIT}.`);
  });
});

describe('what is missing', () => {
  const forbidden = new ApiError(403, 'namespaces is forbidden: User "curfew" cannot create resource "namespaces"');
  it.each<[string, (method: string, path: string) => ApiError | null, string]>([
    [
      'the right to make a namespace',
      (method, path) => (method === 'POST' && path === '/api/v1/namespaces' ? forbidden : null),
      `failed: There is no namespace shop, and Curfew may not make it (${forbidden.message}). Make it, or allow Curfew to`,
    ],
    [
      'the right to list role bindings',
      (method) => (method === 'GET' ? new ApiError(403, 'cannot list resource "rolebindings"') : null),
      'failed: Curfew’s credential may not do what the tenant needs: cannot list resource "rolebindings". Allow it',
    ],
    [
      'an answer',
      () => new ApiError(0, 'connection refused at 10.0.0.1:6443'),
      'failed: The cluster cannot be asked: connection refused at 10.0.0.1:6443.',
    ],
    [
      'an end of the namespace’s deletion',
      (method) => (method === 'POST' ? new ApiError(403, 'unable to create', ['NamespaceTerminating']) : null),
      'pending: Its namespace is being deleted; Curfew makes it again once it is gone.',
    ],
  ])('is said: %s', async (_what, refuse, sentence) => {
    api.refuse = refuse;
    expect(await stateOf()).toContain(sentence);
  });

  it('is said: the right to act for the tenant’s groups', async () => {
    api.allows = (name) => !name.includes('read-only');
    expect(await stateOf()).toContain(
      `failed: Curfew’s credential may not impersonate the group curfew:tenant-read-only:${ID}. Allow it`,
    );
  });

  it('is told of a former tenant, and keeps nobody else waiting', async () => {
    await keep();
    tenants = [{ ...TENANT, id: 'other', namespace: 'other' }];
    api.refuse = (method) => (method === 'DELETE' ? new ApiError(403, 'cannot delete') : null);
    const { states, isClean } = await keep();
    expect(states.get('other')?.state).toBe('ready');
    expect(isClean).toBe(false);
    expect(failures).toHaveLength(2);
  });
});
