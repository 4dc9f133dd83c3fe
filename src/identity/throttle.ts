import type { Clock } from '../core/clock.ts';
import type { AttemptStore, Failures } from './ports.ts';

/** How many failures are free, how the delay grows after them, and when they are forgotten. */
interface Rule {
  readonly free: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  readonly forgetAfterMs: number;
}

const MINUTE_MS = 60_000;
/** One account from one network: a person who mistypes, or somebody who guesses one password after another. */
const PAIR: Rule = { free: 5, firstDelayMs: 1000, longestDelayMs: 15 * MINUTE_MS, forgetAfterMs: 60 * MINUTE_MS };
/** One network, any account: somebody who tries one password on many accounts. */
const NETWORK: Rule = { free: 30, firstDelayMs: 1000, longestDelayMs: 5 * MINUTE_MS, forgetAfterMs: 30 * MINUTE_MS };
/** One account, any network: many machines guess together. */
const ACCOUNT: Rule = { free: 50, firstDelayMs: 1000, longestDelayMs: MINUTE_MS, forgetAfterMs: 30 * MINUTE_MS };

const NONE: Failures = { count: 0, lastAt: 0, blockedUntil: 0 };
/** After so long nothing that failed counts any more, by any rule. */
export const FAILURES_LAST_MS = PAIR.forgetAfterMs;
/** So many keys are counted at most. To push others out costs more guesses than they are worth: each is hashed first. */
export const MOST_FAILURES = 100_000;

/** What this process knows of a key while somebody here is about it. */
interface UnderWay {
  /** Attempts that have asked whether they may begin, or have begun. */
  users: number;
  /** Attempts that were let begin and whose outcome is not known yet. */
  pending: number;
  /** What was counted last through this process; what is read meanwhile may be older. */
  counted: Failures;
}

export interface SignInThrottlePorts {
  readonly clock: Clock;
  readonly store: AttemptStore;
  /** A name that cannot be read back: what was typed as a username may be a password. */
  nameOf(key: string): string;
}

/**
 * Decides how long somebody must wait before the next attempt to sign in: by account and network, with growing delays.
 * It counts names, whether or not an account of that name exists. An attempt counts from its beginning, so that guesses
 * sent at once are no more than guesses one after another. Failures are counted in the store, for all replicas and
 * beyond a restart; what is under way is counted by each process.
 */
export class SignInThrottle {
  readonly #ports: SignInThrottlePorts;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(ports: SignInThrottlePorts) {
    this.#ports = ports;
  }

  /**
   * Lets an attempt begin, which then is to `fail`, to `succeed` or to be `dropped`; or not.
   *
   * @returns how long to wait instead, in milliseconds; 0 where it may begin
   * @throws what the store threw; nothing has begun then
   */
  async begin(username: string, address: string, knownDevice: string | null): Promise<number> {
    const rules = this.#rulesOf(username, address, knownDevice);
    const keys = [...rules.keys()];
    for (const key of keys) this.#enter(key);
    try {
      const found = await this.#ports.store.findFailures(keys);
      const waits = [...rules].map(([key, rule]) => this.#waitMs(key, rule, found.get(key) ?? NONE));
      const wait = Math.max(...waits);
      // Without a turn in between: the next one that decides sees this one.
      if (wait === 0) for (const key of keys) this.#change(key, { users: 1, pending: 1 });
      return wait;
    } finally {
      for (const key of keys) this.#change(key, { users: -1, pending: 0 });
    }
  }

  /** @throws what the store threw; then it is not counted */
  async failed(username: string, address: string, knownDevice: string | null): Promise<void> {
    const rules = this.#rulesOf(username, address, knownDevice);
    const now = this.#ports.clock.now();
    try {
      const counted = await this.#ports.store.countFailure([...rules.keys()], (key, before) =>
        afterFailure(rules.get(key) ?? ACCOUNT, before, now),
      );
      for (const [key, failures] of counted) this.#learn(key, failures);
    } finally {
      this.dropped(username, address, knownDevice);
    }
  }

  /** @throws what the store threw */
  async succeeded(username: string, address: string, knownDevice: string | null): Promise<void> {
    this.dropped(username, address, knownDevice);
    const [first = ''] = this.#rulesOf(username, address, knownDevice).keys();
    await this.#ports.store.forgetFailuresOf(first);
    const known = this.#underWay.get(first);
    if (known !== undefined) known.counted = NONE;
  }

  /** Nothing was found out: it counts for nothing. */
  dropped(username: string, address: string, knownDevice: string | null): void {
    for (const key of this.#rulesOf(username, address, knownDevice).keys())
      this.#change(key, { users: -1, pending: -1 });
  }

  #rulesOf(...attempt: Parameters<typeof rulesOf>): ReadonlyMap<string, Rule> {
    return new Map(rulesOf(...attempt).map(([key, rule]) => [this.#ports.nameOf(key), rule]));
  }

  /** As many are under way at once as could still fail before the first delay; after that, one. */
  #waitMs(key: string, rule: Rule, found: Failures): number {
    const now = this.#ports.clock.now();
    const { pending = 0, counted = NONE } = this.#underWay.get(key) ?? {};
    const { count, lastAt, blockedUntil } = isNewer(counted, found) ? counted : found;
    if (blockedUntil > now) return blockedUntil - now;
    const failed = now - lastAt > rule.forgetAfterMs ? 0 : count;
    return pending < Math.max(1, rule.free + 1 - failed) ? 0 : rule.firstDelayMs;
  }

  #enter(key: string): void {
    if (!this.#underWay.has(key)) this.#underWay.set(key, { users: 0, pending: 0, counted: NONE });
    this.#change(key, { users: 1, pending: 0 });
  }

  #change(key: string, by: { users: number; pending: number }): void {
    const known = this.#underWay.get(key);
    if (known === undefined) return;
    known.users += by.users;
    known.pending += by.pending;
    if (known.users === 0) this.#underWay.delete(key);
  }

  #learn(key: string, counted: Failures): void {
    const known = this.#underWay.get(key);
    if (known !== undefined && isNewer(counted, known.counted)) known.counted = counted;
  }
}

function afterFailure(rule: Rule, before: Failures, now: number): Failures {
  const count = now - before.lastAt > rule.forgetAfterMs ? 1 : before.count + 1;
  const excess = count - rule.free;
  const delay = excess <= 0 ? 0 : Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** Math.min(30, excess - 1));
  // Two replicas may come with their instants in another order than their rows.
  return { count, lastAt: Math.max(now, before.lastAt), blockedUntil: Math.max(now + delay, before.blockedUntil) };
}

function isNewer(a: Failures, b: Failures): boolean {
  return a.lastAt > b.lastAt || (a.lastAt === b.lastAt && a.count > b.count);
}

/**
 * What an attempt counts for. A browser in which the user has signed in before counts for itself alone: what strangers
 * do, on the same network or elsewhere, never locks it out.
 */
function rulesOf(username: string, address: string, knownDevice: string | null): [[string, Rule], ...[string, Rule][]] {
  if (knownDevice !== null) return [[`device ${knownDevice} ${username}`, PAIR]];
  const network = networkOf(address);
  return [
    [`pair ${username} ${network}`, PAIR],
    [`network ${network}`, NETWORK],
    [`account ${username}`, ACCOUNT],
  ];
}

/** The network of an address: IPv4 as it is, IPv6 by its first 64 bits, since one host has a whole /64. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0') : [];
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
