import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { ask, createDatabase, dropDatabase } from '../../test/support/postgres.ts';
import { ALL, CLOSED, ISSUED, ending, kubernetes, portal, record, userOf } from './contract/given.contract.ts';
import { MIGRATIONS } from './migrate.ts';
import { openPostgresStore } from './postgres.ts';
import type { Store } from './store.ts';

// Two replicas, each with a store of its own on one database, that want the same thing at the same moment.

const server = inject('postgresUrl');
const ROUNDS = Array.from({ length: 20 }, (_, round) => round);
let url: string;
let a: Store;
let b: Store;
beforeAll(async () => {
  url = await createDatabase(server);
  [a, b] = await Promise.all([openPostgresStore({ url }), openPostgresStore({ url })]);
});
afterAll(async () => {
  await Promise.all([a.close(), b.close()]);
  await dropDatabase(url);
});
beforeEach(async () => {
  await ask(
    url,
    `alter table audit disable trigger all; truncate users, sessions, tokens, token_notices, settings, setting_changes, limit_periods,
     grants, tenants, tenant_access, setup_tokens, devices, audit, secrets, login_requests; alter table audit enable trigger all`,
  );
  await a.insertUser(userOf('ada', { role: 'Administrator' }), 'hash', record('user.created'));
});

const start = (store: Store, id: string) => store.insertSession(portal(id), null, record('session.started'));
const startUnder = (store: Store, id: string, parentId: string) =>
  store.insertSession(kubernetes(id, parentId), null, record('session.started'));
const audited = async (event: string) => (await a.listAudit({ ...ALL, limit: 10_000, search: event })).total;

it('is migrated once by two that open it together', async () => {
  const fresh = await createDatabase(server);
  const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgresStore({ url: fresh })));
  const names = MIGRATIONS.map(({ name }) => ({ name }));
  expect(await ask(fresh, 'select name from kysely_migration order by name')).toEqual(names);
  await Promise.all(stores.map((store) => store.close()));
  await dropDatabase(fresh);
});

it('replaces a password once, though two replicas have checked the old one', async () => {
  for (const round of ROUNDS) {
    const before = round === 0 ? 'hash' : ((await a.findAccount('ada'))?.passwordHash ?? '');
    const won = await Promise.all(
      [a, b, a, b].map((store, index) =>
        store.replacePassword('u-ada', { before, after: `${round}-${index}` }, record('password.changed')),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await b.findAccount('ada'))?.passwordHash).toBe(`${round}-${won.indexOf(true)}`);
  }
  expect(await audited('password.changed')).toBe(ROUNDS.length);
});

it('lets one command line be decided about and signed in once, whichever replicas are asked', async () => {
  await start(a, 'ps');
  const one = { userCode: null, redirectPort: 1, hostname: 'laptop', address: '::1', network: '::1' };
  for (const round of ROUNDS) {
    const challenge = `challenge ${round}`;
    const times = { requestedAt: 1, expiresAt: 100, nextPollAt: 1 };
    await a.insertLoginRequest({ ...one, ...times, challenge }, { ofNetwork: 100, all: 100 });
    const approved = { approved: true, sessionId: 'ps', codeHash: null } as const;
    const decided = await Promise.all(
      [a, b, a, b].map((store) => store.decideLoginRequest(challenge, approved, 60, record('login.approved'))),
    );
    expect(decided.filter(Boolean)).toHaveLength(1);
    const taken = await Promise.all([a, b, a, b].map((store) => store.takeLoginRequest(challenge)));
    expect(taken.filter((each) => each !== null)).toHaveLength(1);
  }
  expect(await audited('login.approved')).toBe(ROUNDS.length);
});

it('starts one session for a portal session and a cluster', async () => {
  for (const round of ROUNDS) {
    await start(a, `p${round}`);
    const standing = await Promise.all(
      [a, b, a, b].map((store, index) => startUnder(store, `k${round}-${index}`, `p${round}`)),
    );
    expect(new Set(standing.map(({ id }) => id)).size).toBe(1);
  }
  expect(await audited('session.started')).toBe(2 * ROUNDS.length);
});

it('ends a session once, whatever the order in which two of them come', async () => {
  const ids = ROUNDS.map((round) => `p${round}`);
  for (const id of ids) await start(a, id);
  const [wonByA, wonByB] = await Promise.all([
    a.endSessions(ids.map((id) => ending(id))),
    b.endSessions(ids.toReversed().map((id) => ending(id))),
  ]);
  expect([...wonByA, ...wonByB].toSorted((x, y) => x.localeCompare(y))).toEqual(
    ids.toSorted((x, y) => x.localeCompare(y)),
  );
  expect(await audited('session.ended')).toBe(ids.length);
});

it('never waits in a circle for ends and activity of the same sessions', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `p${index}`);
  for (const id of ids) await start(a, id);
  await Promise.all(
    ROUNDS.flatMap((round) => [
      a.recordActivity(ids.map((id) => ({ id, at: 20 + round }))),
      b.recordActivity(ids.toReversed().map((id) => ({ id, at: 20 + round }))),
      ...(round === 10 ? [b.endSessions(ids.toReversed().map((id) => ending(id)))] : []),
    ]),
  );
  expect(await ask(url, 'select count(*)::int as live from sessions where ended_at is null')).toEqual([{ live: 0 }]);
  const [stats] = await ask<{ deadlocks: number }>(
    url,
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  expect(stats?.deadlocks).toBe(0);
});

it('ends nobody for inactivity who is active through the other replica', async () => {
  for (const round of ROUNDS) {
    await start(a, `p${round}`);
    const idle = { ...ending(`p${round}`, { ...CLOSED, reason: 'inactivity' }), lastActivityAt: 10 };
    const [won] = await Promise.all([a.endSessions([idle]), b.recordActivity([{ id: `p${round}`, at: 40 }])]);
    const { session } = (await a.findSession(`p${round}`)) ?? {};
    expect([won.length, session?.end?.reason ?? null, session?.lastActivityAt]).toEqual(
      won.length === 1 ? [1, 'inactivity', 10] : [0, null, 40],
    );
  }
});

it('adds no token to a session that ends at that moment', async () => {
  for (const round of ROUNDS) {
    await start(a, `p${round}`);
    const token = { hash: `h${round}`, sessionId: `p${round}`, purpose: 'api', place: null } as const;
    // The row is taken first by a transaction that ends the session a moment later.
    const [added] = await Promise.all([a.insertToken(token, 9, ISSUED), b.endSessions([ending(`p${round}`)])]);
    expect((await a.findToken(`h${round}`)) !== null).toBe(added === 'stored');
    expect(await b.insertToken({ ...token, hash: `late${round}` }, 9, ISSUED)).toBe('ended');
  }
});

it('waits with a token until the end of its session stands, and then refuses it', async () => {
  await start(a, 'p1');
  const token = { hash: 'h1', sessionId: 'p1', purpose: 'api', place: null } as const;
  const ends = ask(url, "begin; update sessions set ended_at = 50 where id = 'p1'; select pg_sleep(0.3); commit");
  await expect
    .poll(() =>
      ask(
        server,
        "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(0.3)%' and pid <> pg_backend_pid()",
      ),
    )
    .toHaveLength(1);
  expect(await a.insertToken(token, 9, ISSUED)).toBe('ended');
  await ends;
});

it('gives a session no more tokens than it may have, whichever replicas are asked', async () => {
  await start(a, 'p1');
  const token = { sessionId: 'p1', purpose: 'api', place: null } as const;
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? a : b).insertToken({ ...token, hash: `h${index}` }, 5, ISSUED),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(5);
  expect(outcomes.filter((outcome) => outcome === 'too-many')).toHaveLength(15);
});

it('lets one replica send the notice about an API token, and the other one where that failed', async () => {
  const apiToken = { name: 'ci', expiresAt: 1000, kubernetes: false };
  for (const round of ROUNDS) {
    const id = `at-${round}`;
    const session = portal(id, { kind: 'api-token', apiToken: { ...apiToken, name: id } });
    const token = { hash: id, sessionId: id, purpose: 'permanent', place: null } as const;
    expect(await a.insertApiToken(session, token, ROUNDS.length, ISSUED)).toBe('stored');
    for (const at of [100, 200]) {
      const taken = await Promise.all([a, b, a, b].map((store) => store.takeNotice(id, at, at - 50)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    }
    await b.noteNoticeSent(id, 210);
    expect(await a.takeNotice(id, 900, 850)).toBe(false);
  }
});

it('keeps one administrator', async () => {
  for (const round of ROUNDS) {
    await a.insertUser(userOf(`x${round}`, { role: 'Administrator' }), 'hash', record('user.created'));
    const last = round === 0 ? 'u-ada' : `u-x${round - 1}`;
    const outcomes = await Promise.all([
      a.updateUser(last, null, record('user.deleted')),
      b.updateUser(`u-x${round}`, { role: 'User' }, record('user.changed')),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'last-administrator')).toHaveLength(1);
    expect(await a.hasAdministrator()).toBe(true);
    await a.updateUser(`u-x${round}`, { role: 'Administrator' }, record('user.changed'));
    await a.updateUser(last, null, record('user.deleted'));
  }
});

it('creates one first administrator', async () => {
  await ask(url, 'delete from users');
  await a.storeSetupToken('token', 100);
  const create = (store: Store, index: number) =>
    store.createFirstAdministrator(
      'token',
      userOf(`admin${index}`, { role: 'Administrator' }),
      'hash',
      record('user.created', { at: 9 }),
    );
  const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => create(index % 2 === 0 ? a : b, index)));
  expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'invalid-token')).toHaveLength(49);
});

it("writes the history of settings and the limits' periods one after the other", async () => {
  const key = 'MaximumK8sSessionDuration';
  await Promise.all(
    ROUNDS.map((round) =>
      (round % 2 === 0 ? a : b).writeSetting(
        { type: 'AppConfig', key, value: `${round + 5}`, by: 'ada', at: round },
        { key, minutes: round + 5 },
        record('config.set'),
      ),
    ),
  );
  const changes = (await a.listSettingChanges(ALL)).items.toReversed();
  expect(changes.map(({ before }) => before)).toEqual([null, ...changes.slice(0, -1).map(({ after }) => after)]);
  const periods = await a.listLimitPeriods();
  expect(periods).toHaveLength(ROUNDS.length);
  expect(periods.filter(({ toAt }) => toAt === null)).toHaveLength(1);
});

it('forgets old sessions that two sweep away together', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `p${index}`);
  for (const id of ids) await start(a, id);
  await a.endSessions(ids.map((id) => ending(id)));
  const gone = await Promise.all([a.deleteEndedBefore(51), b.deleteEndedBefore(51)]);
  expect(gone.reduce((sum, each) => sum + each)).toBe(250);
});
