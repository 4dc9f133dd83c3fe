import type { CatalogueKey } from '../core/catalogue.ts';
import { catalogueEntry } from '../core/catalogue.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { LimitBook } from './limit-book.ts';
import type { SettingStore } from './ports.ts';
import type { SessionPool } from './session-pool.ts';
import { SharedReading } from './shared-reading.ts';

export interface LimitChangesPorts {
  readonly store: Pick<SettingStore, 'listLimitPeriods'>;
  readonly clock: Clock;
  readonly pool: SessionPool;
  readonly limits: LimitBook;
}

/** Changes of limits, from wherever they come, and what they do to the sessions that are held here. */
export class LimitChanges {
  readonly #ports: LimitChangesPorts;
  readonly #listeners = new Set<() => void>();
  readonly #loads = new SharedReading(() => this.#load());
  #changesHere = 0;

  constructor(ports: LimitChangesPorts) {
    this.#ports = ports;
  }

  /** Reads the limits' history and applies it: at the start, and when another replica changed it. */
  load(): Promise<void> {
    return this.#loads.run();
  }

  /** A system-wide limit was written. Tightens live sessions at once. @param minutes null where the default returned */
  changed(key: CatalogueKey, minutes: number | null, at: number): void {
    const { clock, pool, limits } = this.#ports;
    this.#changesHere++;
    const limit = limits.change(key, minutes, at);
    const { limits: limited } = catalogueEntry(key);
    const now = clock.now();
    // Whoever started while the change was being written is bound by the new value alone, as after a restart.
    for (const session of pool.all()) {
      if (session.startedAt > at) session.limits = limits.limitsOf(session, now);
    }
    if (limited !== undefined) pool.tighten(limited, limit);
    this.#tell();
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
    const now = clock.now();
    pool.relimit((session) => limits.limitsOf(session, now));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
