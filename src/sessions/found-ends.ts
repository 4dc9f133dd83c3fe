import type { SessionEnd } from '../core/session.ts';
import { EndRecorder, endingOf } from './end-recorder.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionWithUser, SessionsPorts } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import type { StoredSessions } from './stored-sessions.ts';

export interface FoundEndsPorts extends Pick<SessionsPorts, 'store' | 'clock' | 'ended' | 'failed'> {
  readonly pool: Pick<SessionPool, 'forget' | 'forgetEnd' | 'rememberEnded'>;
  readonly stored: Pick<StoredSessions, 'judge'>;
}

/** The ends that this process finds. Each is recorded, and what the store says of it is heeded: it may have lost. */
export class FoundEnds {
  readonly #ports: FoundEndsPorts;
  readonly #recorder: EndRecorder;
  /** Who ended a session, where it was a person; read when the end is recorded. */
  readonly #endedBy = new Map<string, string>();

  constructor(ports: FoundEndsPorts) {
    this.#ports = ports;
    this.#recorder = new EndRecorder(ports.store, ports.clock, ports.failed);
  }

  /** To be called before the session ends. */
  noteWho(id: string, by: string): void {
    this.#endedBy.set(id, by);
  }

  /** Records sessions that just ended here. */
  record(sessions: readonly LiveSession[]): void {
    const now = this.#ports.clock.now();
    for (const session of sessions) {
      const end = session.ended;
      if (end === null) continue;
      const by = this.#endedBy.get(session.id) ?? null;
      this.#endedBy.delete(session.id);
      this.#recorder.add(endingOf(session, session.user.username, end, now, by), (won) => {
        this.#ports.pool.forget(session, won);
        if (won) this.#ports.ended(session.kind, end.reason);
      });
    }
  }

  /** Records the end of a stored session that is over by its limits. @returns that end, or null where it lives */
  recordOver(holder: SessionWithUser): SessionEnd | null {
    const { session, user } = holder;
    const { end } = this.#ports.stored.judge(holder);
    if (end === null || session.end !== null) return end;
    const { clock, pool } = this.#ports;
    pool.rememberEnded(session.id);
    this.#recorder.add(endingOf(session, user.username, end, clock.now(), null), (won) => {
      if (won) this.#ports.ended(session.kind, end.reason);
      else pool.forgetEnd(session.id);
    });
    return end;
  }

  /** Waits until all of it is recorded. @throws what the store threw, when it cannot be written now */
  flush(): Promise<void> {
    return this.#recorder.flush();
  }

  stop(): void {
    this.#recorder.stop();
  }
}
