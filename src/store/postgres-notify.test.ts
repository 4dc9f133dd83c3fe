import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts';
import { ending, portal, record, userOf } from './contract/given.contract.ts';
import { openPostgresStore } from './postgres.ts';
import type { Store } from './store.ts';

let url: string;
let store: Store;
let listener: pg.Client;
const heard: string[] = [];
beforeAll(async () => {
  url = await createDatabase(inject('postgresUrl'));
  store = await openPostgresStore({ url });
  listener = new pg.Client({ connectionString: url });
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.connect();
  await listener.query('listen curfew');
  await store.insertUser(userOf('ada', { role: 'Administrator' }), 'hash', record('user.created'));
  await store.insertSession(portal('p1', { lastActivityAt: 1000 }), null, record('session.started'));
});
afterAll(async () => {
  await listener.end();
  await store.close();
  await dropDatabase(url);
});

/** What is told while something is done; the last word is a notification of our own. */
async function heardDuring(work: () => Promise<unknown>): Promise<string[]> {
  heard.length = 0;
  await work();
  await listener.query("notify curfew, 'done'");
  await expect.poll(() => heard.at(-1)).toBe('done');
  return heard.slice(0, -1);
}

const limit = { key: 'MaximumK8sSessionDuration', minutes: 5 } as const;
const setting = { type: 'AppConfig', key: limit.key, value: '5', by: 'ada', at: 5 };
const tenant = { id: 't-1', name: 'dev', clusterId: 'c1', namespace: 'dev', bindings: 'own', createdAt: 5 } as const;
const dashboard = {
  ...{ id: 'ud_1', clusterId: 'c1', name: 'Headlamp', hostname: 'headlamp.example', upstream: 'https://10.0.0.7' },
  passesCredential: true,
  createdAt: 5,
};
const access = { tenantId: 't-1', userId: 'u-ada', readOnly: true };
const scopeLimit = { key: limit.key, scope: { kind: 'cluster', id: 'c1' }, minutes: 5, at: 5, by: 'ada' } as const;
const grant = { clusterId: 'c1', subject: { kind: 'role', id: 'User' } } as const;

it.each<[string, () => Promise<unknown>, string[]]>([
  ['activity that is news', () => store.recordActivity([{ id: 'p1', at: 6001 }]), ['activity p1 6001']],
  ['activity that is none', () => store.recordActivity([{ id: 'p1', at: 11_001 }]), []],
  ['the end of a session', () => store.endSessions([ending('p1')]), ['end p1']],
  ['an end that came second', () => store.endSessions([ending('p1')]), []],
  ['a limit', () => store.writeSetting(setting, limit, record('config.set')), ['settings', 'limits']],
  ['a limit of a cluster', () => store.writeScopeLimit(scopeLimit, record('config.set')), ['limits']],
  ['a setting', () => store.writeSetting({ ...setting, key: 'x' }, null, record('config.set')), ['settings']],
  ['a user', () => store.updateUser('u-ada', { passwordHash: 'new' }, record('user.changed')), ['user u-ada']],
  ['a refused change', () => store.updateUser('u-ada', { readOnly: true }, record('user.changed')), []],
  ['a sign-in', () => store.noteSignIn('u-ada', 9), []],
  ['a grant', () => store.addGrant(grant, record('grant.added')), ['grants']],
  ['a grant that goes', () => store.removeGrant(grant, record('grant.removed')), ['grants']],
  ['a dashboard', () => store.insertUpstreamDashboard(dashboard, record('dashboard.registered')), ['dashboards']],
  ['a dashboard that goes', () => store.deleteUpstreamDashboard('ud_1', record('dashboard.removed')), ['dashboards']],
  ['a tenant', () => store.insertTenant(tenant, record('tenant.created')), ['tenants']],
  ['access to it', () => store.setTenantAccess(access, record('tenant-access.set')), ['tenants']],
  ['access that goes', () => store.removeTenantAccess('t-1', 'u-ada', record('tenant-access.removed')), ['tenants']],
  ['a tenant that goes', () => store.deleteTenant('t-1', record('tenant.deleted')), ['tenants']],
])('tells the others of %s', async (_, work, told) => {
  expect(await heardDuring(work)).toEqual(told);
});
