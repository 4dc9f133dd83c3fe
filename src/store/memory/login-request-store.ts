import type { LoginRequest, LoginRequestStore } from '../../identity/ports.ts';
import type { Tables } from './tables.ts';

/** Login requests in memory. */
export function createMemoryLoginRequestStore({ sessions, audit }: Tables): LoginRequestStore {
  const requests = new Map<string, LoginRequest>();
  return {
    async insertLoginRequest(request, most) {
      const waiting = [...requests.values()].filter(({ expiresAt }) => expiresAt > request.requestedAt);
      const ofNetwork = waiting.filter(({ network }) => network === request.network);
      if (waiting.length >= most.all || ofNetwork.length >= most.ofNetwork) return 'too-many';
      const { challenge, userCode } = request;
      const isTaken = [...requests.values()].some(
        (each) => each.challenge === challenge || (userCode !== null && each.userCode === userCode),
      );
      if (isTaken) return 'taken';
      requests.set(challenge, { ...request, decision: null });
      return 'stored';
    },
    async findLoginRequest(key) {
      if ('challenge' in key) return requests.get(key.challenge) ?? null;
      return [...requests.values()].find(({ userCode }) => userCode === key.userCode) ?? null;
    },
    async notePoll(challenge, nextPollAt) {
      const found = requests.get(challenge);
      if (found !== undefined) requests.set(challenge, { ...found, nextPollAt });
    },
    async decideLoginRequest(challenge, decision, expiresAt, record) {
      const found = requests.get(challenge);
      if (found === undefined || found.decision !== null || found.expiresAt <= record.at) return false;
      if (decision.approved && !sessions.has(decision.sessionId)) throw new Error('there is no such session');
      requests.set(challenge, { ...found, decision, expiresAt });
      audit.push(record);
      return true;
    },
    async takeLoginRequest(challenge) {
      const found = requests.get(challenge);
      if (found === undefined || found.decision === null) return null;
      requests.delete(challenge);
      return found;
    },
    async forgetConsentsOf(sessionId) {
      for (const { challenge, decision } of requests.values())
        if (decision?.approved === true && decision.sessionId === sessionId) requests.delete(challenge);
    },
    async forgetLoginRequestsBefore(expiresAt) {
      for (const each of requests.values()) if (each.expiresAt < expiresAt) requests.delete(each.challenge);
    },
  };
}
