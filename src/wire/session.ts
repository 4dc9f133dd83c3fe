import { z } from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { END_REASONS } from '../core/end-reason.ts';
import { SESSION_KINDS } from '../core/session-kind.ts';
import type { SessionEnd } from '../core/session.ts';
import { ROLES } from '../core/user.ts';
import { limitSchema, limitView } from './limit.ts';

const instant = z.iso.datetime();

/** What will end a session: the reason and the limit that decides. */
export const endsBySchema = z.object({
  reason: z.enum(END_REASONS),
  key: limitSchema.shape.key.nullable(),
  label: z.string().nullable(),
  scope: limitSchema.shape.scope.nullable(),
  value: z.int().nullable().describe('Minutes'),
});
export type EndsBy = z.infer<typeof endsBySchema>;

const userSummarySchema = z.object({
  username: z.string(),
  role: z.enum(ROLES),
  readOnly: z.boolean(),
});

/** `GET /api/session`, and the answer to signing in. */
export const ownSessionSchema = z
  .object({
    user: userSummarySchema,
    session: z.object({ id: z.string(), startedAt: instant, lastActivityAt: instant }),
    now: instant.describe('The clock of the server, for countdowns'),
    endsAt: instant.nullable().describe('Null where nothing limits the session'),
    endsBy: endsBySchema,
    limits: z.object({ duration: limitSchema.nullable(), inactivity: limitSchema.nullable() }),
    durationEndsAt: instant.nullable().describe('When the maximum duration ends it, whatever the user does'),
    warningMinutes: z.int().describe('How long before the end to warn'),
    recentAuthenticationUntil: instant.describe('Until when changes that need a recent sign-in are accepted'),
  })
  .meta({ id: 'OwnSession' });
export type OwnSession = z.infer<typeof ownSessionSchema>;

/** `POST /api/session`. With `bearer`, the token is in the answer and no cookie is set. */
export const signInSchema = z.object({
  username: z.string().min(1, 'Give a username').max(256),
  password: z.string().min(1, 'Give a password').max(1024),
  bearer: z.boolean().optional(),
});

export const signedInSchema = ownSessionSchema.extend({ token: z.string().optional() }).meta({ id: 'SignedIn' });

/** `POST /api/setup`: the first administrator. */
export const setupSchema = z.object({
  token: z.string().min(1).max(256),
  username: z.string().min(1).max(256),
  password: z.string().min(1).max(1024),
});

/** `PUT /api/session/password`. */
export const changePasswordSchema = z.object({
  currentPassword: z.string().min(1).max(1024),
  newPassword: z.string().min(1).max(1024),
});

/** `POST /api/session/api-token`: a bearer token that dies with this session, shown once. */
export const apiTokenSchema = z
  .object({
    token: z.string(),
    endsAt: instant.nullable().describe('At the latest; the inactivity timeout may end it sooner'),
  })
  .meta({ id: 'ApiToken' });

/** What `GET /api/sessions` can be sorted by. */
export const SESSION_SORTS = ['user', 'kind', 'startedAt', 'lastActivityAt'] as const;

/** A session in a list (`GET /api/sessions`). */
export const sessionViewSchema = z
  .object({
    id: z.string(),
    kind: z.enum(SESSION_KINDS),
    username: z.string(),
    clusterId: z.string().nullable(),
    tenant: z
      .object({ id: z.string(), name: z.string().nullable().describe('Null where it was deleted') })
      .nullable()
      .optional()
      .describe('The tenant that it is confined to; an older replica does not say it'),
    parentId: z.string().nullable(),
    tokenName: z.string().optional().describe('The name of an API token'),
    own: z.boolean().describe('Belongs to the caller'),
    current: z.boolean().describe('Is the session of this request, or lives under it'),
    startedAt: instant,
    lastActivityAt: instant,
    endsAt: instant.nullable().describe('For live sessions: the deadline'),
    endsBy: endsBySchema.nullable(),
    streams: z.int().describe('Open streams on this replica'),
    end: z
      .object({ at: instant, reason: z.enum(END_REASONS), limit: limitSchema.nullable(), sentence: z.string() })
      .nullable(),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionViewSchema>;

/** How `GET /api/session/events` names its server-sent events; the data of each is JSON of the schema below it. */
export const sessionEventSchemas = {
  /** Sent first, and after every change of a deadline, also of a session under it, or of the warning's lead. */
  session: ownSessionSchema.pick({
    endsAt: true,
    endsBy: true,
    now: true,
    durationEndsAt: true,
    warningMinutes: true,
    limits: true,
  }),
  /** Sent when the warning's lead begins, or at once where it has begun: once for each deadline. */
  warning: ownSessionSchema.pick({ endsAt: true, endsBy: true }).extend({ sessionId: z.string() }),
  /** The last event of a stream. */
  ended: z.object({
    endedAt: instant,
    reason: z.enum(END_REASONS),
    limit: limitSchema.nullable(),
    sentence: z.string(),
  }),
};
export type SessionWarning = z.infer<typeof sessionEventSchemas.warning>;
export type EndedEvent = z.infer<typeof sessionEventSchemas.ended>;

/** The header that marks a request which no person caused: it is no activity. */
export const ACTIVITY_HEADER = 'Curfew-Activity';
/** The header that a page of ours sends with every request that a cookie authenticates. */
export const REQUEST_HEADER = 'Curfew-Request';

export function endsByView(deadline: Deadline): EndsBy {
  const limit = deadline.limit === null ? null : limitView(deadline.limit);
  return {
    reason: deadline.reason,
    key: limit?.key ?? null,
    label: limit?.label ?? null,
    scope: limit?.scope ?? null,
    value: limit?.value ?? null,
  };
}

/** An instant in milliseconds as RFC 3339; null for *never*. */
export function instantView(at: number): string | null {
  return Number.isFinite(at) ? new Date(at).toISOString() : null;
}

export function endView(end: SessionEnd, sentence: string): EndedEvent {
  return {
    endedAt: new Date(end.at).toISOString(),
    reason: end.reason,
    limit: end.limit === null ? null : limitView(end.limit),
    sentence,
  };
}
