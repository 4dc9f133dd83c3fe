import { SYSTEM_SCOPE, isWithin } from '../../core/limits.ts';
import type { Session } from '../../core/session.ts';
import { mayAdminister } from '../../core/user.ts';
import type { OverRule, SessionStore, SessionWithUser, StoredToken } from '../../sessions/ports.ts';
import { by, contains, pageOf, userOf } from './tables.ts';
import type { Tables } from './tables.ts';

const SORTS = {
  user: ({ user }: SessionWithUser) => user.username,
  kind: ({ session }: SessionWithUser) => session.kind,
  startedAt: ({ session }: SessionWithUser) => session.startedAt,
  lastActivityAt: ({ session }: SessionWithUser) => session.lastActivityAt,
};

/** Sessions and tokens in memory. */
export function createMemorySessionStore(tables: Tables): SessionStore {
  const { sessions, tokens, audit } = tables;

  const withUser = (session: Session): SessionWithUser => {
    const row = tables.users.get(session.userId);
    if (row === undefined) throw new Error(`session ${session.id} has no user`);
    const parent = session.parentId === null ? null : (sessions.get(session.parentId) ?? null);
    return { session, parent, user: userOf(row) };
  };
  const isOld = ({ end }: Session, at: number): boolean => end !== null && end.at < at;
  const familyOf = (parent: Session): Session[] => [
    parent,
    ...[...sessions.values()].filter(({ parentId }) => parentId === parent.id),
  ];
  const putToken = (token: StoredToken): void => {
    if (tokens.has(token.hash)) throw new Error('this token is stored already');
    tokens.set(token.hash, token);
  };
  const requireReferences = ({ id, userId, parentId }: Session): void => {
    if (sessions.has(id)) throw new Error(`session ${id} is stored already`);
    if (!tables.users.has(userId)) throw new Error(`session ${id} has no user`);
    if (parentId !== null && !sessions.has(parentId)) throw new Error(`session ${id} has no parent`);
  };

  const isOver = ({ startedAt, lastActivityAt, ...session }: Session, rules: readonly OverRule[]): boolean =>
    rules.some(
      ({ within = SYSTEM_SCOPE, startedUntil, startedBy, activeBy }) =>
        isWithin(session, within) &&
        startedAt <= startedUntil &&
        (startedAt <= startedBy || lastActivityAt <= activeBy),
    );

  const isExpired = ({ apiToken }: Session, at: number): boolean => apiToken !== undefined && apiToken.expiresAt <= at;

  return {
    async insertSession(session, token, record) {
      const standing = [...sessions.values()].find(
        ({ parentId, clusterId, tenantId, end }) =>
          parentId !== null &&
          parentId === session.parentId &&
          clusterId === session.clusterId &&
          tenantId === session.tenantId &&
          (end === null || sessions.get(parentId)?.kind !== 'api-token'),
      );
      if (standing !== undefined) return standing;
      requireReferences(session);
      if (token !== null) putToken(token);
      sessions.set(session.id, { ...session, end: null });
      audit.push(record);
      return session;
    },
    async insertApiToken(session, token, most, record) {
      const maker = [...tables.users.values()].map(userOf).find(({ username }) => username === record.actor);
      if (maker === undefined || !mayAdminister(maker)) return 'no-maker';
      const row = tables.users.get(session.userId);
      if (row === undefined || userOf(row).disabledAt !== null) return 'no-user';
      const live = [...sessions.values()].filter(
        ({ kind, userId, end }) => kind === 'api-token' && userId === session.userId && end === null,
      );
      if (live.some(({ apiToken }) => apiToken?.name === session.apiToken?.name)) return 'name-taken';
      if (live.length >= most) return 'too-many';
      putToken(token);
      sessions.set(session.id, session);
      audit.push(record);
      return 'stored';
    },
    async insertToken(token, most, record) {
      const { sessionId, purpose } = token;
      if (sessions.get(sessionId)?.end !== null) return 'ended';
      const alike = [...tokens.values()].filter((each) => each.sessionId === sessionId && each.purpose === purpose);
      if (alike.length >= most) return 'too-many';
      putToken(token);
      audit.push(record);
      return 'stored';
    },
    async takeToken(hash, purpose) {
      return tokens.get(hash)?.purpose === purpose && tokens.delete(hash);
    },
    async findToken(hash) {
      const token = tokens.get(hash);
      const session = token === undefined ? undefined : sessions.get(token.sessionId);
      return token === undefined || session === undefined ? null : { token, holder: withUser(session) };
    },
    async findSession(id) {
      const session = sessions.get(id);
      return session === undefined ? null : withUser(session);
    },
    async findRows(ids) {
      return ids.flatMap((id) => sessions.get(id) ?? []);
    },
    async endSessions(ends) {
      return ends.flatMap(({ id, end, lastActivityAt, record }) => {
        const session = sessions.get(id);
        if (session === undefined || session.end !== null) return [];
        if (end.reason === 'inactivity' && session.lastActivityAt > lastActivityAt) return [];
        if (end.reason === 'parent-ended' && !sessions.get(session.parentId ?? '')?.end) return [];
        sessions.set(id, { ...session, end });
        audit.push(record);
        return [id];
      });
    },
    async recordActivity(activities) {
      for (const { id, at } of activities) {
        const session = sessions.get(id);
        if (session === undefined || session.end !== null || session.lastActivityAt >= at) continue;
        sessions.set(id, { ...session, lastActivityAt: at });
      }
    },
    async listLive({ kind, userId, afterId, limit }) {
      return [...sessions.values()]
        .filter(({ end, id }) => end === null && id > afterId)
        .filter((session) => kind === undefined || session.kind === kind)
        .filter((session) => userId === undefined || session.userId === userId)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(withUser);
    },
    async listOver({ kind, rules, parentRules, expiredBy, afterId, among }) {
      const next = [...sessions.values()]
        .filter((session) => session.end === null && session.kind === kind && session.id > afterId)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, among);
      const items = next
        .map(withUser)
        .filter(
          ({ session, parent }) =>
            isExpired(session, expiredBy) ||
            isOver(session, rules) ||
            (parent !== null && (parent.end !== null || isExpired(parent, expiredBy))) ||
            (parent?.kind === 'portal' && isOver(parent, parentRules)),
        );
      return { items, lastId: next.at(-1)?.id ?? null };
    },
    async listSessions(query) {
      const matching = [...sessions.values()]
        .map(withUser)
        .filter(({ session }) => query.state === 'all' || (session.end === null) === (query.state === 'live'))
        .filter(({ session }) => query.kind === undefined || session.kind === query.kind)
        .filter(({ session }) => query.userId === undefined || session.userId === query.userId)
        .filter(
          ({ session, user }) => contains(user.username, query.search) || contains(session.clusterId, query.search),
        )
        .toSorted(by(({ session }) => session.id, 'asc'))
        .toSorted(by(({ session }) => session.startedAt, 'desc'))
        .toSorted(by<SessionWithUser>(SORTS[query.sort ?? 'startedAt'], query.order ?? 'desc'));
      return pageOf(matching, query);
    },
    async listOfAuthentication({ userId, startedAt }) {
      return [...sessions.values()]
        .map(withUser)
        .filter(({ parent }) => parent?.kind === 'portal' && parent.userId === userId && parent.startedAt === startedAt)
        .toSorted(by(({ session }) => session.id, 'asc'));
    },
    async countLivePortals(userIds) {
      const live = [...sessions.values()].filter(({ kind, end }) => kind === 'portal' && end === null);
      return new Map(userIds.map((id) => [id, live.filter(({ userId }) => userId === id).length]));
    },
    async newestInstant() {
      const instants = [...sessions.values()].flatMap(({ startedAt, lastActivityAt, end }) => [
        startedAt,
        lastActivityAt,
        end?.at ?? 0,
      ]);
      const changes = [...tables.periods, ...tables.scopePeriods].map(({ fromAt }) => fromAt);
      return [...instants, ...changes, audit.at(-1)?.at ?? 0].reduce((a, b) => Math.max(a, b), 0);
    },
    async deleteEndedBefore(at) {
      const old = [...sessions.values()]
        .filter((session) => session.kind !== 'kubernetes' && isOld(session, at))
        .map(familyOf)
        .filter((family) => family.every((session) => isOld(session, at)))
        .flat();
      const underTokens = [...sessions.values()].filter(
        (session) => isOld(session, at) && sessions.get(session.parentId ?? '')?.kind === 'api-token',
      );
      const ids = new Set([...old, ...underTokens].map(({ id }) => id));
      for (const id of ids) sessions.delete(id);
      for (const { hash, sessionId } of tokens.values()) if (ids.has(sessionId)) tokens.delete(hash);
      return ids.size;
    },
  };
}
