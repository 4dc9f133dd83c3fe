import type { AuditEvent } from '../core/audit-record.ts';
import { CATALOGUE, catalogueEntryNamed, parseMinutes } from '../core/catalogue.ts';
import type { CatalogueEntry } from '../core/catalogue.ts';
import type { Clock } from '../core/clock.ts';
import { describeMinutes, describeNeverActing, describeScope } from '../core/explain.ts';
import { SYSTEM_SCOPE, stricter } from '../core/limits.ts';
import type { Limit, LimitChange, Scope } from '../core/limits.ts';
import { PortalError } from '../core/portal-error.ts';
import { previewLimit } from './limit-preview.ts';
import type { Preview } from './limit-preview.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { ScopeLimit, ScopeLimitStore } from './ports.ts';
import type { Sessions } from './sessions.ts';

export interface ScopeLimitsPorts {
  readonly store: ScopeLimitStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** A scope that may have limits of its own: a cluster or a tenant. */
export interface LimitedScope {
  readonly scope: Scope;
  /** The scopes that it is in, besides the system: of a tenant, its cluster. */
  readonly within: readonly Scope[];
}

/** How one limit stands at a scope. */
export interface ScopeLimitState {
  readonly entry: CatalogueEntry;
  /** What is set for the scope itself; null where nothing is. */
  readonly set: ScopeLimit | null;
  /** What holds for sessions that start there now: the strictest of all scopes that apply; null where it is off. */
  readonly holds: Limit | null;
  /** What is worth knowing of what is set, though it is allowed. */
  readonly note: string | null;
}

/** The settings that a cluster and a tenant can have of their own: those that limit Kubernetes sessions. */
const LIMITS = CATALOGUE.filter(({ limits }) => limits?.kind === 'kubernetes');

/** The use cases of limits of clusters and tenants. The strictest limit that applies wins (design, section 2.2). */
export class ScopeLimits {
  readonly #ports: ScopeLimitsPorts;
  /** One write at a time, so that the store and the limits in memory agree about the order. */
  readonly #writes = new OneAtATime();

  constructor(ports: ScopeLimitsPorts) {
    this.#ports = ports;
  }

  /** Every limit that the scope can have, and how it stands. */
  async list(at: LimitedScope): Promise<ScopeLimitState[]> {
    const stored = await this.#ports.store.listScopeLimits(at.scope);
    return LIMITS.map((entry) => {
      const set = stored.find(({ key }) => key === entry.key) ?? null;
      const note = set === null ? null : this.note(at, entry.key, `${set.minutes}`);
      return { entry, set, holds: stricter(this.#wider(at, entry), set && limitOf(set)), note };
    });
  }

  /** The limits of its own that a scope has, as they are in memory. */
  inForce(scope: Scope): Limit[] {
    return LIMITS.flatMap((entry) => this.#inForce(entry, scope) ?? []);
  }

  /** The scope as it was called when a limit of it was set last; null where none stands. For scopes that are gone. */
  async findLimited({ kind, id }: Scope): Promise<LimitedScope | null> {
    const [standing] = await this.#ports.store.listScopeLimits({ kind, id });
    return standing === undefined ? null : { scope: standing.scope, within: [] };
  }

  /**
   * Sets a limit. Where it tightens, it has acted on the live sessions in the scope once this resolves.
   *
   * @param key a key of the catalogue or its label
   * @throws PortalError `invalid-request` with a sentence that says what is allowed; the old value stays
   */
  async set({ scope }: LimitedScope, key: string, value: string, by: string, address: string | null): Promise<void> {
    const entry = entryOf(key);
    const minutes = minutesOf(entry, value);
    const words = `${entry.label} of ${describeScope(scope)} was set to ${describeMinutes(minutes)}.`;
    await this.#write('limit.set', { key: entry.key, scope, minutes }, words, by, address);
  }

  /** Removes a limit; those of the wider scopes hold alone from then on. @throws PortalError `invalid-request`, `not-found` */
  async remove({ scope }: LimitedScope, key: string, by: string, address: string | null): Promise<void> {
    const entry = entryOf(key);
    const words = `${entry.label} of ${describeScope(scope)} was removed.`;
    const before = await this.#write('limit.removed', { key: entry.key, scope, minutes: null }, words, by, address);
    if (before !== null) return;
    throw new PortalError('not-found', `${entry.label} is not set for ${describeScope(scope)}.`);
  }

  /**
   * Counts the live sessions in the scope that a value would end at once.
   *
   * @param value null stands for removing the limit, which ends none
   * @param ownId the caller's portal session
   * @throws PortalError `invalid-request` as `set` does
   */
  async preview({ scope }: LimitedScope, key: string, value: string | null, ownId: string): Promise<Preview> {
    const entry = entryOf(key);
    const minutes = value === null ? null : minutesOf(entry, value);
    return previewLimit(this.#ports, { key: entry.key, scope, minutes }, ownId);
  }

  /** What is worth knowing of a value, though it is allowed: that a stricter limit holds anyway, or that it never acts. */
  note(at: LimitedScope, key: string, value: string | null): string | null {
    if (value === null) return null;
    const entry = entryOf(key);
    const set: Limit = { key: entry.key, scope: at.scope, minutes: minutesOf(entry, value) };
    const wider = this.#wider(at, entry);
    if (wider !== null && stricter(wider, set) === wider) {
      const [whose, minutes] = [describeScope(wider.scope), describeMinutes(wider.minutes)];
      return `This has no effect: the limit of ${whose} is ${minutes}, and the strictest one holds.`;
    }
    const minutesBy = (by: 'duration' | 'inactivity'): number => {
      const [each] = LIMITS.filter(({ limits }) => limits?.by === by);
      if (each === undefined || each.key === entry.key) return set.minutes;
      return stricter(this.#wider(at, each), this.#inForce(each, at.scope))?.minutes ?? 0;
    };
    return describeNeverActing(minutesBy('inactivity'), minutesBy('duration'));
  }

  /** The strictest limit of the system and the scopes around one; null where none has one. */
  #wider({ within }: LimitedScope, entry: CatalogueEntry): Limit | null {
    const minutes = this.#ports.sessions.limits.minutes(entry.key, this.#ports.clock.now());
    const limits = [
      { key: entry.key, scope: SYSTEM_SCOPE, minutes },
      ...within.map((scope) => this.#inForce(entry, scope)),
    ];
    return limits.reduce<Limit | null>(stricter, null);
  }

  #inForce({ key }: CatalogueEntry, scope: Scope): Limit | null {
    return this.#ports.sessions.limits.inForce(key, scope, this.#ports.clock.now());
  }

  /** @returns what stood before */
  #write(
    event: AuditEvent,
    what: Omit<LimitChange, 'at'>,
    sentence: string,
    by: string,
    address: string | null,
  ): Promise<ScopeLimit | null> {
    const { store, sessions, clock } = this.#ports;
    return this.#writes.run(async () => {
      const at = clock.now();
      const change = { ...what, at };
      const subject = what.scope.name ?? what.scope.id;
      const before = await store.writeScopeLimit(
        { ...change, by },
        { at, event, actor: by, subject, address, sentence },
      );
      if (before !== null || change.minutes !== null) await sessions.limitChanged(change);
      return before;
    });
  }
}

function limitOf({ key, scope, minutes }: ScopeLimit): Limit {
  return { key, scope, minutes };
}

/** @throws PortalError `invalid-request` with the limits that there are */
function entryOf(name: string): CatalogueEntry {
  const entry = LIMITS.find(({ key }) => key === catalogueEntryNamed(name)?.key);
  if (entry !== undefined) return entry;
  const allowed = LIMITS.map(({ key }) => key).join(' or ');
  const message = `A cluster or a tenant has limits for its Kubernetes sessions only. Give ${allowed}.`;
  throw new PortalError('invalid-request', message, { field: 'key' });
}

/** @throws PortalError `invalid-request` with what is allowed */
function minutesOf(entry: CatalogueEntry, value: string): number {
  const parsed = parseMinutes(entry, value);
  if ('refusal' in parsed) throw new PortalError('invalid-request', parsed.refusal, { field: 'value' });
  return parsed.minutes;
}
