import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Limit } from '../../core/limits.ts';
import { SYSTEM_SCOPE } from '../../core/limits.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { User } from '../../core/user.ts';
import type { SessionHandle, Stream, StreamAdmission } from '../../sessions/stream.ts';

/** A Kubernetes session for tests: it ends `minutes` after its start, or when told to. */
export interface TestSession extends SessionHandle {
  /** How often something was counted as activity. */
  touches: number;
  readonly streams: ReadonlySet<Stream>;
  /** Ends it now, as an administrator would, and cuts its streams. */
  revoke(): void;
  /** Ends it as its deadline does, `latenessMs` ago, and cuts its streams. */
  expire(latenessMs?: number): void;
}

export function createTestSession(options: {
  readonly clock: Clock;
  readonly user?: Partial<User>;
  readonly minutes?: number;
  readonly clusterId?: string;
  readonly tenantId?: string;
  readonly id?: string;
}): TestSession {
  const { clock, minutes = 60 } = options;
  const startedAt = clock.now();
  const limit: Limit = { key: 'MaximumK8sSessionDuration', scope: SYSTEM_SCOPE, minutes };
  const deadline: Deadline = { at: startedAt + minutes * 60_000, reason: 'max-duration', limit };
  const streams = new Set<Stream>();
  let ended: SessionEnd | null = null;
  const end = (): SessionEnd | null => ended ?? (clock.now() >= deadline.at ? deadline : null);
  const finish = (how: SessionEnd): void => {
    timer.dispose();
    ended ??= how;
    const open = [...streams];
    streams.clear();
    for (const stream of open) stream.cut(ended);
  };
  const timer = clock.setTimer(deadline.at, () => {
    finish(deadline);
  });
  return {
    id: options.id ?? 'session-1',
    kind: 'kubernetes',
    user: {
      id: 'user-1',
      username: 'alice',
      role: 'User',
      readOnly: false,
      disabledAt: null,
      createdAt: startedAt,
      ...options.user,
    },
    startedAt,
    lastActivityAt: startedAt,
    parent: null,
    clusterId: options.clusterId ?? 'demo',
    tenantId: options.tenantId ?? null,
    touches: 0,
    streams,
    deadline: () => deadline,
    latestDeadline: () => deadline,
    end,
    touch() {
      this.touches += 1;
    },
    openStream(stream): StreamAdmission {
      const over = end();
      if (over !== null) return { open: false, end: over };
      streams.add(stream);
      return { open: true, release: () => void streams.delete(stream) };
    },
    revoke() {
      finish({ at: clock.now(), reason: 'revoked', limit: null });
    },
    expire(latenessMs = 0) {
      finish({ at: clock.now() - latenessMs, reason: 'max-duration', limit });
    },
  };
}
