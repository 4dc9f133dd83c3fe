import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tenant } from '../core/tenant.ts';
import type { User } from '../core/user.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import { ADA, createTestSessions, createTestStream } from '../sessions/sessions.fixture.ts';
import type { TestSessions } from '../sessions/sessions.fixture.ts';
import { PasswordHasher } from './password.ts';
import { Tenants } from './tenants.ts';
import { UsersElsewhere } from './users-elsewhere.ts';
import { Users } from './users.ts';

const BY = { username: 'ada', address: null, session: null };
const RECORD = { at: 0, event: 'user.created', actor: 'ada', subject: null, address: null, sentence: '' } as const;
const GRACE: User = { ...ADA, id: 'u-grace', username: 'grace', role: 'User' };

let test: TestSessions;
let users: Users;
let tenants: Tenants;
let dev: Tenant;
let reserved: string;

beforeEach(async () => {
  test = await createTestSessions();
  const { store, sessions, clock } = test;
  await store.insertUser(GRACE, 'hash', RECORD);
  users = new Users({ users: store, sessions, passwords: new PasswordHasher(), clock });
  const isReserved = (namespace: string): boolean => namespace === reserved;
  reserved = 'curfew';
  tenants = new Tenants({
    ...{ store, users, sessions, clock, isReserved },
    isCluster: (id) => id !== 'gone',
    changed: () => {},
  });
  dev = await create('dev');
});

const create = (name: string, changes: { namespace?: string; clusterId?: string } = {}): Promise<Tenant> =>
  tenants.create({ name, clusterId: 'c1', bindings: 'managed', ...changes }, BY);
const audited = async (search: string) =>
  (await test.store.listAudit({ search, offset: 0, limit: 9 })).items.map(({ sentence }) => sentence);

/** A session of somebody at a place, with a stream that tells how it is cut. */
async function enter(user: User, tenantId: string | null, clusterId = 'c1') {
  await test.clock.advance(1);
  const { session: portal } = await test.sessions.startPortal(user, 'cookie', null);
  const session = await test.sessions.openKubernetes(portal, clusterId, tenantId);
  const stream = createTestStream(test.clock);
  session.openStream(stream);
  return { portal, session, cuts: () => stream.cuts.map(({ end }) => end.reason) };
}
const reasonOf = ({ session }: { session: LiveSession }) => session.end()?.reason;

describe('a tenant', () => {
  it('is found by its id and listed by name, with a namespace as in DuploCloud unless told otherwise', async () => {
    const apps = await create('apps', { namespace: 'my-apps' });
    expect(dev.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect([dev.namespace, apps.namespace]).toEqual(['duploservices-dev', 'my-apps']);
    expect([tenants.list(), tenants.find(dev.id), tenants.find('x')]).toEqual([[apps, dev], dev, undefined]);
    expect((await audited('tenant.created')).at(-1)).toBe(
      `The tenant dev (${dev.id}) was created: the namespace duploservices-dev of the cluster c1.`,
    );
  });

  it.each([
    [{ name: 'Dev' }, 'invalid-request', 'name'],
    [{ name: 'x', namespace: 'default' }, 'invalid-request', 'namespace'],
    [{ name: 'x', namespace: 'kube-system' }, 'invalid-request', 'namespace'],
    [{ name: 'x', namespace: 'a.b' }, 'invalid-request', 'namespace'],
    [{ name: 'x', clusterId: 'gone' }, 'invalid-request', 'cluster'],
    [{ name: 'dev', namespace: 'other' }, 'conflict', 'name'],
    [{ name: 'x', namespace: 'duploservices-dev' }, 'conflict', 'namespace'],
  ])('as %o is refused', async ({ name, ...changes }, code, field) => {
    await expect(create(name, changes)).rejects.toMatchObject({ code, field });
    expect(tenants.list()).toEqual([dev]);
  });

  it('is none of Curfew’s own namespaces, and is entered by nobody once it has become one', async () => {
    await expect(create('own', { namespace: 'curfew' })).rejects.toMatchObject({
      message: 'The namespace curfew is Curfew’s own.',
      field: 'namespace',
    });
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    reserved = dev.namespace;
    expect([tenants.entryOf(GRACE, dev.id), tenants.tenantsOf(GRACE)]).toEqual(['none', []]);
    expect(tenants.mayEnter(GRACE, 'c1', dev.id)).toBe(false);
  });

  it('is known after a restart, with who may enter it', async () => {
    await tenants.giveAccess(dev.id, GRACE, true, BY);
    const { store, sessions, clock } = test;
    const again = new Tenants({
      store,
      users,
      sessions,
      clock,
      isCluster: () => true,
      isReserved: () => false,
      changed: () => {},
    });
    await again.load();
    expect(again.tenantsOf(GRACE)).toEqual([{ tenant: dev, readOnly: true }]);
  });

  it('is no access to anything else: not to the cluster, nor to its namesake at another one', async () => {
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    const places = [
      ['c1', dev.id],
      ['c1', null],
      ['c2', dev.id],
      ['c1', 'made-up'],
    ] as const;
    expect(places.map(([cluster, tenant]) => tenants.mayEnter(GRACE, cluster, tenant))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const grant = { clusterId: 'c1', subject: { kind: 'user', id: GRACE.id } } as const;
    await users.addGrant(grant, 'grace', BY);
    await tenants.takeAccess(dev.id, GRACE, BY);
    expect(places.map(([cluster, tenant]) => tenants.mayEnter(GRACE, cluster, tenant))).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(tenants.mayEnter(ADA, 'c1', dev.id)).toBe(true);
  });
});

describe('the sessions in a tenant', () => {
  it('end when it is deleted, and no others; who did it is recorded', async () => {
    const prod = await create('prod');
    for (const { id } of [dev, prod]) await tenants.giveAccess(id, GRACE, false, BY);
    const lost = await enter(GRACE, dev.id);
    const kept = [await enter(GRACE, prod.id), await enter(ADA, null)];
    await tenants.remove(dev.id, BY);
    expect([reasonOf(lost), lost.cuts(), lost.portal.end()]).toEqual(['revoked', ['revoked'], null]);
    expect(kept.map(reasonOf)).toEqual([undefined, undefined]);
    expect([tenants.find(dev.id), tenants.entryOf(ADA, dev.id)]).toEqual([undefined, 'none']);
    const { items } = await test.store.listAudit({ search: 'session.ended', offset: 0, limit: 9 });
    expect(items.map(({ actor, subject }) => [actor, subject])).toEqual([['ada', lost.session.id]]);
    await expect(tenants.remove(dev.id, BY)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('end with the access that they had, of that user only', async () => {
    for (const user of [GRACE, ADA]) await tenants.giveAccess(dev.id, user, false, BY);
    const [grace, ada] = [await enter(GRACE, dev.id), await enter(ADA, dev.id)];
    // She enters without it, too.
    await tenants.takeAccess(dev.id, ADA, BY);
    expect([grace, ada].map(reasonOf)).toEqual([undefined, undefined]);
    await tenants.takeAccess(dev.id, GRACE, BY);
    expect([grace, ada].map(reasonOf)).toEqual(['revoked', undefined]);
    expect(await audited('tenant-access.removed')).toEqual([
      'grace may no longer enter the tenant dev.',
      'ada may no longer enter the tenant dev.',
    ]);
  });

  it('end when access becomes read-only, and go on when it becomes more', async () => {
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    const [grace, ada] = [await enter(GRACE, dev.id), await enter(ADA, dev.id)];
    for (const user of [GRACE, ADA]) await tenants.giveAccess(dev.id, user, true, BY);
    expect([grace, ada].map(reasonOf)).toEqual(['revoked', 'revoked']);
    const again = await enter(GRACE, dev.id);
    // Nothing changes by this.
    await tenants.giveAccess(dev.id, GRACE, true, BY);
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    expect([reasonOf(again), tenants.entryOf(GRACE, dev.id)]).toEqual([undefined, 'full']);
  });

  it('end even where the store cannot be read once it was written', async () => {
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    const narrowed = await enter(GRACE, dev.id);
    const fail = () => vi.spyOn(test.store, 'listTenants').mockRejectedValueOnce(new Error('the store is gone'));
    fail();
    await expect(tenants.giveAccess(dev.id, GRACE, true, BY)).rejects.toThrow('the store is gone');
    expect(reasonOf(narrowed)).toBe('revoked');
    const taken = await enter(GRACE, dev.id);
    fail();
    await expect(tenants.takeAccess(dev.id, GRACE, BY)).rejects.toThrow('the store is gone');
    expect(reasonOf(taken)).toBe('revoked');
  });

  it('that are held nowhere end as well', async () => {
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    const { session } = await enter(GRACE, dev.id);
    const restarted = await test.restart();
    const { store, sessions, clock } = restarted;
    const there = new Tenants({
      store,
      users,
      sessions,
      clock,
      isCluster: () => true,
      isReserved: () => false,
      changed: () => {},
    });
    await there.load();
    await there.takeAccess(dev.id, GRACE, BY);
    expect((await store.findSession(session.id))?.session.end?.reason).toBe('revoked');
  });

  it('are counted by tenant and user', async () => {
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    for (const user of [GRACE, GRACE, ADA]) await enter(user, dev.id);
    await enter(ADA, null);
    expect(await tenants.countSessions()).toEqual(
      new Map([
        [
          dev.id,
          new Map([
            ['u-grace', 2],
            ['u-ada', 1],
          ]),
        ],
      ]),
    );
  });

  it('are none of those that a grant of the cluster allowed, and the other way round', async () => {
    const grant = { clusterId: 'c1', subject: { kind: 'user', id: GRACE.id } } as const;
    await users.addGrant(grant, 'grace', BY);
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    const [whole, inTenant] = [await enter(GRACE, null), await enter(GRACE, dev.id)];
    expect((await users.granteesOf('c1')).map(({ ending }) => ending)).toEqual([1]);
    await users.removeGrant(grant, 'grace', BY);
    expect([whole, inTenant].map(reasonOf)).toEqual(['revoked', undefined]);
  });
});

it('who may enter a tenant is not known of one that is gone, nor given to it', async () => {
  await tenants.remove(dev.id, BY);
  const refused = { code: 'not-found' };
  await expect(tenants.entrantsOf(dev.id)).rejects.toMatchObject(refused);
  await expect(tenants.giveAccess(dev.id, GRACE, false, BY)).rejects.toMatchObject(refused);
  await expect(tenants.takeAccess(dev.id, GRACE, BY)).rejects.toMatchObject(refused);
});

it('access to a tenant that another replica deletes meanwhile is refused', async () => {
  const { deleteTenant } = test.store;
  await deleteTenant(dev.id, RECORD);
  await expect(tenants.giveAccess(dev.id, GRACE, false, BY)).rejects.toMatchObject({ code: 'not-found' });
  expect(tenants.find(dev.id)).toBeUndefined();
});

/** The replica where it is taken away dies right after it wrote that. */
describe('on another replica, access to a tenant', () => {
  let elsewhere: UsersElsewhere;
  let grace: Awaited<ReturnType<typeof enter>>;
  beforeEach(async () => {
    elsewhere = new UsersElsewhere({ store: test.store, users, tenants, sessions: test.sessions });
    await tenants.giveAccess(dev.id, GRACE, false, BY);
    grace = await enter(GRACE, dev.id);
  });
  const hear = async () => {
    await elsewhere.rereadAccess();
    const known = tenants.entryOf(GRACE, dev.id);
    await elsewhere.endLost();
    return [known, reasonOf(grace), grace.cuts()];
  };

  it('is taken away: it is refused as soon as that is read, and then its streams end', async () => {
    await test.store.removeTenantAccess(dev.id, GRACE.id, RECORD);
    expect(await hear()).toEqual(['none', 'revoked', ['revoked']]);
  });

  it('goes with the tenant', async () => {
    await test.store.deleteTenant(dev.id, RECORD);
    expect(await hear()).toEqual(['none', 'revoked', ['revoked']]);
  });

  it('becomes read-only', async () => {
    await test.store.setTenantAccess({ tenantId: dev.id, userId: GRACE.id, readOnly: true }, RECORD);
    expect(await hear()).toEqual(['read-only', 'revoked', ['revoked']]);
    // Whoever enters afterwards enters read-only, and stays.
    grace = await enter(GRACE, dev.id);
    expect(await hear()).toEqual(['read-only', undefined, []]);
  });

  it('is given to somebody else: nothing ends', async () => {
    await test.store.setTenantAccess({ tenantId: dev.id, userId: ADA.id, readOnly: true }, RECORD);
    expect(await hear()).toEqual(['full', undefined, []]);
  });
});
