import { catalogueEntry } from '../core/catalogue.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { deadlineOf } from '../core/deadline.ts';
import type { LimitChange, LimitPeriod } from '../core/limits.ts';
import type { LimitBook } from './limit-book.ts';
import type { LiveSession } from './live-session.ts';
import type { Hearing, SettingStore } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import type { SessionsElsewhere } from './sessions-elsewhere.ts';
import { SharedReading } from './shared-reading.ts';

export interface LimitChangesPorts {
  readonly store: Pick<SettingStore, 'listLimitPeriods'>;
  readonly clock: Clock;
  readonly pool: SessionPool;
  readonly limits: LimitBook;
  readonly hearing: Pick<Hearing, 'isAlone'>;
  readonly elsewhere: Pick<SessionsElsewhere, 'reread'>;
}

/** Changes of limits, from wherever they come, and what they do to the sessions that are held here. */
export class LimitChanges {
  readonly #ports: LimitChangesPorts;
  readonly #listeners = new Set<() => void>();
  readonly #loads = new SharedReading(() => this.#load());
  #changesHere = 0;
  /** The inactivity limits' history, as it was read last. */
  #inactivityRead = '[]';

  constructor(ports: LimitChangesPorts) {
    this.#ports = ports;
  }

  /** Reads the limits' history and applies it: at the start, and when another replica changed it. */
  load(): Promise<void> {
    return this.#loads.run();
  }

  /**
   * A limit was written. Tightens the live sessions in its scope, and has once this resolves: at once, except that the
   * store is asked first about those that seem idle.
   *
   * @throws what the store threw; the limit acts all the same
   */
  async changed(change: LimitChange): Promise<void> {
    const { clock, pool, limits } = this.#ports;
    this.#changesHere++;
    const limit = limits.change(change);
    const { limits: limited } = catalogueEntry(change.key);
    const now = clock.now();
    // Whoever started while the change was being written is bound by the new value alone, as after a restart.
    for (const session of pool.all()) {
      if (session.startedAt > change.at) session.limits = limits.limitsOf(session, now);
    }
    const apply = (): void => {
      if (limited !== undefined && limit !== null) pool.tighten(limited, limit);
      this.#tell();
    };
    if (limited?.by === 'inactivity') await this.#hearOfIdle(apply);
    else apply();
  }

  /** Calls back after every change, until disposed of. */
  onChange(listener: () => void): Timer {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  async #load(): Promise<void> {
    const { store, clock, pool, limits } = this.#ports;
    const changesHere = this.#changesHere;
    const periods = await store.listLimitPeriods();
    // A limit that was set here meanwhile is perhaps not among them.
    if (changesHere !== this.#changesHere) return this.#load();
    if (!limits.load(periods)) return;
    const apply = (): void => {
      const now = clock.now();
      pool.relimit((session) => limits.limitsOf(session, now));
      this.#tell();
    };
    const before = this.#inactivityRead;
    this.#inactivityRead = JSON.stringify(periods.filter(isOfInactivity));
    if (this.#inactivityRead === before) apply();
    else await this.#hearOfIdle(apply);
  }

  /**
   * Applies changed limits once the rows were read of all who seem idle by them: they may be active through another
   * replica, which told of the first thing after a pause only. Who cannot be read is idle.
   */
  async #hearOfIdle(apply: () => void): Promise<void> {
    const { hearing, elsewhere } = this.#ports;
    const heard = new Set<LiveSession>();
    try {
      // Anew after each reading: meanwhile further limits may have changed.
      for (let idle = hearing.isAlone() ? [] : this.#idleNow(); idle.length > 0;) {
        await elsewhere.reread(idle.map(({ id }) => id));
        for (const session of idle) heard.add(session);
        idle = this.#idleNow().filter((session) => !heard.has(session));
      }
    } finally {
      apply();
    }
  }

  /** Those who would be idle by the limits in force, which are not theirs yet. */
  #idleNow(): LiveSession[] {
    const { clock, pool, limits } = this.#ports;
    const now = clock.now();
    return [...pool.all()].filter((session) => {
      const { inactivity } = limits.limitsOf(session, now);
      if (inactivity?.minutes === session.limits.inactivity?.minutes) return false;
      return deadlineOf(session, { duration: null, inactivity }, null).at <= now;
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isOfInactivity({ key }: LimitPeriod): boolean {
  return catalogueEntry(key).limits?.by === 'inactivity';
}
