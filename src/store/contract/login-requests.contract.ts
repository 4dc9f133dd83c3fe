import { beforeEach, describe, expect, it } from 'vitest';
import type { LoginDecision, LoginRequest } from '../../identity/ports.ts';
import type { Store } from '../store.ts';
import { ALL, ISSUED, portal, record } from './given.contract.ts';

const MOST = { ofNetwork: 3, all: 5 };
const APPROVED: LoginDecision = { approved: true, sessionId: 'ps-1', codeHash: 'hash' };

const request = (challenge: string, changes: Partial<LoginRequest> = {}): Omit<LoginRequest, 'decision'> => ({
  challenge,
  userCode: null,
  redirectPort: 40_000,
  hostname: 'laptop',
  address: '10.0.0.1',
  network: '10.0.0.1',
  requestedAt: 10,
  expiresAt: 100,
  nextPollAt: 10,
  ...changes,
});
const approvedAt = (at: number) => record('login.approved', { at });

export function describeLoginRequests(current: () => Store): void {
  describe('login requests', () => {
    let store: Store;
    beforeEach(async () => {
      store = current();
      await store.insertSession(portal('ps-1'), null, ISSUED);
    });

    it('are found by challenge and by code, and forgotten once they have expired', async () => {
      expect(await store.insertLoginRequest(request('a', { userCode: 'code', redirectPort: null }), MOST)).toBe(
        'stored',
      );
      expect(await store.insertLoginRequest(request('b', { expiresAt: 50 }), MOST)).toBe('stored');
      const a = { ...request('a', { userCode: 'code', redirectPort: null }), decision: null };
      expect(await store.findLoginRequest({ challenge: 'a' })).toEqual(a);
      expect(await store.findLoginRequest({ userCode: 'code' })).toEqual(a);
      expect(await store.findLoginRequest({ userCode: 'a' })).toBeNull();
      await store.notePoll('a', 77);
      expect(await store.findLoginRequest({ challenge: 'a' })).toEqual({ ...a, nextPollAt: 77 });
      await store.forgetLoginRequestsBefore(51);
      expect(await store.findLoginRequest({ challenge: 'b' })).toBeNull();
      expect(await store.findLoginRequest({ challenge: 'a' })).not.toBeNull();
    });

    it('take no challenge and no code twice', async () => {
      await store.insertLoginRequest(request('a', { userCode: 'code' }), MOST);
      expect(await store.insertLoginRequest(request('a'), MOST)).toBe('taken');
      expect(await store.insertLoginRequest(request('b', { userCode: 'code' }), MOST)).toBe('taken');
    });

    it('are so many of a network and in all, of those that have not expired', async () => {
      for (const challenge of ['a', 'b', 'c']) await store.insertLoginRequest(request(challenge), MOST);
      expect(await store.insertLoginRequest(request('d'), MOST)).toBe('too-many');
      const elsewhere = { network: '10.0.0.2' };
      expect(await store.insertLoginRequest(request('e', elsewhere), MOST)).toBe('stored');
      expect(await store.insertLoginRequest(request('f', elsewhere), MOST)).toBe('stored');
      expect(await store.insertLoginRequest(request('g', elsewhere), MOST)).toBe('too-many');
      expect(await store.insertLoginRequest(request('h', { requestedAt: 100, expiresAt: 200 }), MOST)).toBe('stored');
    });

    it('are decided once, while they wait, and that is in the record', async () => {
      for (const challenge of ['a', 'b']) await store.insertLoginRequest(request(challenge), MOST);
      expect(await store.decideLoginRequest('a', APPROVED, 60, approvedAt(100))).toBe(false);
      expect(await store.decideLoginRequest('nobody', APPROVED, 60, approvedAt(20))).toBe(false);
      const decisions = [APPROVED, { approved: false } as const, APPROVED];
      const outcomes = decisions.map((each) => store.decideLoginRequest('a', each, 60, approvedAt(20)));
      expect((await Promise.all(outcomes)).filter(Boolean)).toHaveLength(1);
      const { items } = await store.listAudit(ALL);
      expect(items.filter(({ event }) => event === 'login.approved')).toHaveLength(1);
    });

    it('are taken once, and only when decided', async () => {
      for (const challenge of ['a', 'b']) await store.insertLoginRequest(request(challenge), MOST);
      expect(await store.takeLoginRequest('a')).toBeNull();
      await store.decideLoginRequest('a', APPROVED, 60, approvedAt(20));
      await store.decideLoginRequest('b', { approved: false }, 60, approvedAt(20));
      const taken = await Promise.all(Array.from({ length: 5 }, () => store.takeLoginRequest('a')));
      expect(taken.filter((each) => each !== null)).toEqual([
        { ...request('a', { expiresAt: 60 }), decision: APPROVED },
      ]);
      expect((await store.takeLoginRequest('b'))?.decision).toEqual({ approved: false });
      expect(await store.findLoginRequest({ challenge: 'a' })).toBeNull();
    });

    it('are forgotten with the consents of a session, and no others', async () => {
      await store.insertSession(portal('ps-2'), null, ISSUED);
      for (const challenge of ['a', 'b', 'c']) await store.insertLoginRequest(request(challenge), MOST);
      await store.decideLoginRequest('a', APPROVED, 60, approvedAt(20));
      await store.decideLoginRequest('b', { approved: true, sessionId: 'ps-2', codeHash: null }, 60, approvedAt(20));
      await store.forgetConsentsOf('ps-1');
      expect(await store.takeLoginRequest('a')).toBeNull();
      expect(await store.takeLoginRequest('b')).not.toBeNull();
      expect(await store.findLoginRequest({ challenge: 'c' })).not.toBeNull();
    });
  });
}
