import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import { MINUTE_MS } from '../core/clock.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { nextTurn } from '../sessions/turn.ts';
import { networkOf } from './throttle.ts';

/** So many kinds of one event are told apart at a time; whoever varies names or networks costs no more rows. */
const MOST_KINDS = 200;
/** So many that were noted once are remembered, of those that asked last. */
export const MOST_ONCE = 10_000;

/** A refusal for the record. `why` says, with event, actor, subject and network, what counts as the same once more. */
export interface RefusedAttempt extends Omit<AuditRecord, 'at'> {
  readonly why: string;
}

export interface RefusalRecorderPorts {
  append(record: AuditRecord): Promise<void>;
  readonly clock: Clock;
  failed(error: unknown): void;
}

interface Sum {
  readonly first: Omit<AuditRecord, 'at'>;
  more: number;
  timer: Timer;
}

/**
 * Records refusals so that a flood of them stays small: the first of a kind at once, those that follow within a minute
 * as one entry with their number, for as long as the flood lasts.
 */
export class RefusalRecorder {
  readonly #ports: RefusalRecorderPorts;
  readonly #sums = new Map<string, Sum>();
  readonly #once = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(ports: RefusalRecorderPorts) {
    this.#ports = ports;
  }

  note(refused: RefusedAttempt): void {
    const { why: _why, ...attempt } = refused;
    const { event } = attempt;
    const key = keyOf(refused);
    if (this.#count(key)) return;
    const kinds = [...this.#sums.keys()].filter((each) => each.startsWith(`${event} `));
    if (kinds.length < MOST_KINDS) this.#open(key, attempt);
    else if (!this.#count(event)) this.#open(event, ofManyKinds(event));
  }

  /** The same, but once and without sums: what is forgotten somewhere may ask for weeks with what has ended. */
  noteOnce(refused: RefusedAttempt): void {
    const key = keyOf(refused);
    const isNew = !this.#once.delete(key);
    this.#once.add(key);
    if (this.#once.size > MOST_ONCE) {
      const [longestAgo = ''] = this.#once;
      this.#once.delete(longestAgo);
    }
    if (isNew) this.note(refused);
  }

  /** Writes what is summed, and waits until all of it is stored. */
  async stop(): Promise<void> {
    for (const sum of this.#sums.values()) {
      sum.timer.dispose();
      this.#writeSum(sum);
    }
    this.#sums.clear();
    await this.#writing;
  }

  #count(key: string): boolean {
    const sum = this.#sums.get(key);
    if (sum !== undefined) sum.more++;
    return sum !== undefined;
  }

  #open(key: string, first: Sum['first']): void {
    this.#sums.set(key, { first, more: 0, timer: this.#closeLater(key) });
    this.#write(first);
  }

  #closeLater(key: string): Timer {
    return this.#ports.clock.setTimer(this.#ports.clock.now() + MINUTE_MS, () => {
      const sum = this.#sums.get(key);
      if (sum === undefined) return;
      if (this.#writeSum(sum)) sum.timer = this.#closeLater(key);
      else this.#sums.delete(key);
    });
  }

  #writeSum(sum: Sum): boolean {
    const { first, more } = sum;
    if (more === 0) return false;
    sum.more = 0;
    const times = more === 1 ? 'once' : `${more} times`;
    this.#write({ ...first, sentence: `${first.sentence} The same ${times} more within a minute.` });
    return true;
  }

  /** A turn later, so that the answer is under way: its time does not tell whether something was recorded. */
  #write(record: Sum['first']): void {
    const at = this.#ports.clock.now();
    this.#writing = this.#writing
      .then(nextTurn)
      .then(() => this.#ports.append({ at, ...record }))
      .catch((error: unknown) => this.#ports.failed(error));
  }
}

function keyOf({ event, actor, subject, address, why }: RefusedAttempt): string {
  const network = address === null ? null : networkOf(address);
  return `${event} ${JSON.stringify([actor, subject, network, why])}`;
}

function ofManyKinds(event: AuditEvent): Sum['first'] {
  const sentence = 'More kinds of refusals at a time than are told apart.';
  return { event, actor: null, subject: null, address: null, sentence };
}
