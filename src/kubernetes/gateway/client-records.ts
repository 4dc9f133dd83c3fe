import { PortalError } from '../../core/portal-error.ts';
import type { SessionHandle, StreamKind } from '../../sessions/stream.ts';
import type { ApiRequest } from './api-request.ts';
import type { GatewayLimits } from './ports.ts';

/** How many kubectl commands of a session are remembered, so that each counts as activity once. */
const COMMANDS_KEPT = 16;
/** kubectl's are UUIDs; of longer values, which others may send, only so much is remembered. */
const COMMAND_LENGTH_KEPT = 64;
/** How many sessions without anything open are remembered. */
const IDLE_SESSIONS_KEPT = 10_000;
const REVIEW_GROUPS = new Set(['authorization.k8s.io', 'authentication.k8s.io']);

interface Held {
  streams: number;
  requests: number;
}

interface SessionRecord extends Held {
  readonly commands: string[];
  next: number;
}

/** What the gateway remembers of sessions and users: what they hold open, and which commands they ran. */
export interface ClientRecords {
  /** Counts a stream or request; call `leave` once it is over. @throws PortalError `quota-exceeded` */
  enter(session: SessionHandle, kind: StreamKind): void;
  leave(session: SessionHandle, kind: StreamKind): void;
  /**
   * Whether a request is something that a person did (design, section 2.7).
   *
   * @param command the value of `Kubectl-Session`, which is new for each run of kubectl; null where there is none
   * @param marked whether it carries `Curfew-Activity: none`
   */
  isActivity(session: SessionHandle, request: ApiRequest, command: string | null, marked: boolean): boolean;
}

export function createClientRecords(limits: GatewayLimits): ClientRecords {
  const sessions = new Map<string, SessionRecord>();
  const users = new Map<string, Held>();

  const sessionRecord = (id: string): SessionRecord => {
    const known = sessions.get(id);
    if (known !== undefined) return known;
    if (sessions.size >= IDLE_SESSIONS_KEPT) forgetIdle(sessions);
    const record: SessionRecord = { streams: 0, requests: 0, commands: [], next: 0 };
    sessions.set(id, record);
    return record;
  };

  return {
    enter(session, kind) {
      const own = sessionRecord(session.id);
      const all = users.get(session.user.id) ?? { streams: 0, requests: 0 };
      const field = kind === 'request' ? 'requests' : 'streams';
      const [perSession, perUser] =
        field === 'requests'
          ? [limits.requestsPerSession, limits.requestsPerUser]
          : [limits.streamsPerSession, limits.streamsPerUser];
      if (own[field] >= perSession) throw tooMany(field, 'this session', perSession);
      if (all[field] >= perUser) throw tooMany(field, 'you', perUser);
      own[field] += 1;
      all[field] += 1;
      users.set(session.user.id, all);
    },
    leave(session, kind) {
      const field = kind === 'request' ? 'requests' : 'streams';
      const own = sessions.get(session.id);
      const all = users.get(session.user.id);
      if (own !== undefined) own[field] -= 1;
      if (all === undefined) return;
      all[field] -= 1;
      if (all.streams === 0 && all.requests === 0) users.delete(session.user.id);
    },
    isActivity(session, request, command, marked) {
      if (marked) return false;
      if (command !== null) return isNewCommand(sessionRecord(session.id), command);
      return request.isResource && !request.isWatch && !request.isLogFollow && !REVIEW_GROUPS.has(request.group);
    },
  };
}

function isNewCommand(record: SessionRecord, value: string): boolean {
  const command = value.slice(0, COMMAND_LENGTH_KEPT);
  if (record.commands.includes(command)) return false;
  record.commands[record.next] = command;
  record.next = (record.next + 1) % COMMANDS_KEPT;
  return true;
}

function tooMany(field: 'streams' | 'requests', whose: string, limit: number): PortalError {
  const what = field === 'streams' ? 'streams are open' : 'requests are under way';
  return new PortalError('quota-exceeded', `Too many ${what} for ${whose} (at most ${limit}).`, { retryAfterMs: 1000 });
}

/** Drops the older half of those that hold nothing. All they lose is which commands were counted. */
function forgetIdle(sessions: Map<string, SessionRecord>): void {
  let left = IDLE_SESSIONS_KEPT / 2;
  for (const [id, record] of sessions) {
    if (record.streams > 0 || record.requests > 0) continue;
    sessions.delete(id);
    left -= 1;
    if (left <= 0) return;
  }
}
