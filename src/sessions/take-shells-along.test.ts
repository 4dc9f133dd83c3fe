import { beforeEach, expect, it } from 'vitest';
import { placeText } from '../core/place.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';
import { takeShellsAlong } from './take-shells-along.ts';

let test: TestSessions;
let from: LiveSession;
let to: LiveSession;
let allowed: Set<string>;
const moved: string[] = [];

beforeEach(async () => {
  test = await createTestSessions();
  ({ session: from } = await test.sessions.startPortal(ADA, 'cookie', null));
  ({ session: to } = await test.sessions.startPortal(ADA, 'cookie', null));
  allowed = new Set(['c1', 'c2', 'c2/t1']);
  moved.length = 0;
});

const take = (): Promise<void> =>
  takeShellsAlong(
    {
      sessions: test.sessions,
      tenants: { mayEnter: (_user, clusterId, tenantId) => allowed.has(placeText({ clusterId, tenantId })) },
      shells: {
        listOf: () => [
          { id: 'one', clusterId: 'c1', session: { tenantId: null } },
          { id: 'two', clusterId: 'c2', session: { tenantId: null } },
          { id: 'three', clusterId: 'c2', session: { tenantId: 't1' } },
        ],
        rebind: (id, session) => void moved.push(`${id} ${(session as LiveSession).place ?? ''}`),
      },
    },
    from,
    to,
  );

it('shells move to the new sessions of their clusters and tenants', async () => {
  await take();
  expect(moved).toEqual(['one c1', 'two c2', 'three c2/t1']);
});

it('a shell whose grant is gone does not move, and no session is opened for it', async () => {
  allowed.delete('c1');
  await take();
  expect(moved).toEqual(['two c2', 'three c2/t1']);
  expect([...to.children.keys()]).toEqual(['c2', 'c2/t1']);
});

it('nor does one whose grant goes while its session is being opened, and that session ends', async () => {
  const { insertSession } = test.store;
  test.store.insertSession = async (session, ...rest) => {
    if (session.clusterId === 'c1') allowed.delete('c1');
    return insertSession(session, ...rest);
  };
  await take();
  expect(moved).toEqual(['two c2', 'three c2/t1']);
  const { items } = await test.store.listSessions({ state: 'ended', search: '', offset: 0, limit: 9 });
  expect(items.map(({ session }) => [session.clusterId, session.end?.reason])).toEqual([['c1', 'revoked']]);
});
