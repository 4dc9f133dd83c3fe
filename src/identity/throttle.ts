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

interface Failures {
  count: number;
  lastAt: number;
  blockedUntil: number;
}

/**
 * Decides how long somebody must wait before the next attempt to sign in: by account and network, with growing delays.
 * It counts names, whether or not an account of that name exists.
 */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns how long to wait, in milliseconds; 0 for not at all */
  waitMs(username: string, address: string, knownDevice: string | null): number {
    const now = this.#clock.now();
    const waits = rulesOf(username, address, knownDevice).map(
      ([key]) => (this.#failures.get(key)?.blockedUntil ?? 0) - now,
    );
    return Math.max(0, ...waits);
  }

  failed(username: string, address: string, knownDevice: string | null): void {
    for (const [key, rule] of rulesOf(username, address, knownDevice)) this.#count(key, rule);
  }

  succeeded(username: string, address: string, knownDevice: string | null): void {
    const [[first]] = rulesOf(username, address, knownDevice);
    this.#failures.delete(first);
  }

  #count(key: string, rule: Rule): void {
    const now = this.#clock.now();
    const before = this.#failures.get(key);
    const count = before === undefined || now - before.lastAt > rule.forgetAfterMs ? 1 : before.count + 1;
    const excess = count - rule.free;
    const delay = excess <= 0 ? 0 : Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** Math.min(30, excess - 1));
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAt: now, blockedUntil: now + delay });
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
