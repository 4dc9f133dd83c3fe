import type { Clock } from '../core/clock.ts';

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

const MOST_ENTRIES = 100_000;
const NONE: Failures = { count: 0, lastAt: 0, blockedUntil: 0, pending: 0 };

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  readonly blockedUntil: number;
  /** Attempts that were let begin and whose outcome is not known yet. */
  readonly pending: number;
}

/**
 * Decides how long somebody must wait before the next attempt to sign in: by account and network, with growing delays.
 * It counts names, whether or not an account of that name exists. An attempt counts from its beginning, so that guesses
 * sent at once are no more than guesses one after another.
 */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Lets an attempt begin, which then is to `fail`, to `succeed` or to be `dropped`; or not.
   *
   * @returns how long to wait instead, in milliseconds; 0 where it may begin
   */
  begin(username: string, address: string, knownDevice: string | null): number {
    const rules = rulesOf(username, address, knownDevice);
    const wait = Math.max(...rules.map(([key, rule]) => this.#waitMs(key, rule)));
    if (wait > 0) return wait;
    for (const [key] of rules) this.#put(key, { ...this.#find(key), pending: this.#find(key).pending + 1 });
    return 0;
  }

  failed(username: string, address: string, knownDevice: string | null): void {
    const now = this.#clock.now();
    for (const [key, rule] of rulesOf(username, address, knownDevice)) {
      const before = this.#find(key);
      const count = now - before.lastAt > rule.forgetAfterMs ? 1 : before.count + 1;
      const excess = count - rule.free;
      const delay = excess <= 0 ? 0 : Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** Math.min(30, excess - 1));
      this.#put(key, { count, lastAt: now, blockedUntil: now + delay, pending: before.pending - 1 });
    }
  }

  succeeded(username: string, address: string, knownDevice: string | null): void {
    this.dropped(username, address, knownDevice);
    const [[first]] = rulesOf(username, address, knownDevice);
    this.#put(first, { ...NONE, pending: this.#find(first).pending });
  }

  /** Nothing was found out: it counts for nothing. */
  dropped(username: string, address: string, knownDevice: string | null): void {
    for (const [key] of rulesOf(username, address, knownDevice)) {
      this.#put(key, { ...this.#find(key), pending: this.#find(key).pending - 1 });
    }
  }

  #find(key: string): Failures {
    return this.#failures.get(key) ?? NONE;
  }

  /** As many are under way at once as could still fail before the first delay; after that, one. */
  #waitMs(key: string, rule: Rule): number {
    const now = this.#clock.now();
    const { count, lastAt, blockedUntil, pending } = this.#find(key);
    if (blockedUntil > now) return blockedUntil - now;
    const failed = now - lastAt > rule.forgetAfterMs ? 0 : count;
    return pending < Math.max(1, rule.free + 1 - failed) ? 0 : rule.firstDelayMs;
  }

  #put(key: string, failures: Failures): void {
    this.#failures.delete(key);
    const { count } = failures;
    // Below 0 only where its entry has gone meanwhile.
    const pending = Math.max(0, failures.pending);
    if (count === 0 && pending === 0) return;
    this.#failures.set(key, { ...failures, pending });
    // The oldest entry goes first: a flood of names costs memory up to a bound only.
    const oldest = this.#failures.size > MOST_ENTRIES ? this.#failures.keys().next().value : undefined;
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
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
