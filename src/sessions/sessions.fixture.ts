import type { User } from '../core/user.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import type { Store } from '../store/store.ts';
import { createFakeClock } from '../system/fake-clock.ts';
import type { FakeClock } from '../system/fake-clock.ts';
import type { SessionEnd } from '../core/session.ts';
import { ALONE } from './ports.ts';
import type { Hearing } from './ports.ts';
import { ScopeLimits } from './scope-limits.ts';
import { Sessions } from './sessions.ts';
import type { Stream } from './stream.ts';
import { SystemConfig } from './system-config.ts';

/** Sessions on a memory store and a clock that stands still. */
export interface TestSessions {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly sessions: Sessions;
  /** Whether it hears of other replicas; a test replaces its parts. */
  readonly hearing: { -readonly [Part in keyof Hearing]: Hearing[Part] };
  readonly config: SystemConfig;
  readonly scopeLimits: ScopeLimits;
  /** What failed behind everybody's back. */
  readonly failures: unknown[];
  /** What `started` was told, in order. */
  readonly starts: string[];
  /** What `ended` was told, in order. */
  readonly ends: string[];
  /** By how many milliseconds streams were cut late. */
  readonly lateness: number[];
  set(key: string, value: string): Promise<unknown>;
  /** New sessions on the same store, as after a restart. */
  restart(): Promise<TestSessions>;
}

export const ADA: User = {
  id: 'u-ada',
  username: 'ada',
  role: 'Administrator',
  readOnly: false,
  disabledAt: null,
  createdAt: 0,
};

export async function createTestSessions(
  store: Store = createMemoryStore(),
  clock: FakeClock = createFakeClock(),
): Promise<TestSessions> {
  const hearing = { ...ALONE };
  const failures: unknown[] = [];
  const starts: string[] = [];
  const ends: string[] = [];
  const lateness: number[] = [];
  const record = { at: 0, event: 'user.created', actor: null, subject: null, address: null, sentence: '' } as const;
  await store.insertUser(ADA, 'hash', record);
  const sessions = new Sessions({
    store,
    clock,
    hearing,
    started: (kind) => void starts.push(kind),
    ended: (kind, reason) => void ends.push(`${kind} ${reason}`),
    cut: (_kind, ms) => void lateness.push(ms),
    failed: (error) => void failures.push(error),
  });
  await sessions.load();
  const config = new SystemConfig({ store, sessions, clock });
  return {
    clock,
    store,
    sessions,
    hearing,
    config,
    scopeLimits: new ScopeLimits({ store, sessions, clock }),
    failures,
    starts,
    ends,
    lateness,
    set: (key, value) => config.set({ type: 'AppConfig', key, value }, 'ada', null),
    restart: () => createTestSessions(store, clock),
  };
}

/** A stream that notes how and when it was cut. */
export function createTestStream(clock: FakeClock): Stream & { readonly cuts: { end: SessionEnd; at: number }[] } {
  const cuts: { end: SessionEnd; at: number }[] = [];
  return { kind: 'exec', cuts, cut: (end) => void cuts.push({ end, at: clock.now() }) };
}
