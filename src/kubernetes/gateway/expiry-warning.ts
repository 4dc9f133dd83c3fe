import { MINUTE_MS } from '../../core/clock.ts';
import { warningAt } from '../../core/deadline.ts';
import type { Deadline } from '../../core/deadline.ts';
import { describeLimit } from '../../core/explain.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import type { GatewayPorts, GivenWarning } from './ports.ts';
import { warningHeader } from './response-headers.ts';

type Step = GivenWarning['step'];

/** Of how many programs of sessions it is remembered what they were told. */
const PROGRAMS_KEPT = 10_000;
const PROGRAM = /^[a-z0-9._-]{1,32}$/;

/**
 * The warnings that go along with answers before a session ends: one when the *Session expiry warning* begins and one in
 * the last minute, each for the next answer that a program gets, and no more. They are about the end that nobody can put
 * off: inactivity is over with the very request that is answered.
 */
export class ExpiryWarnings {
  readonly #ports: Pick<GatewayPorts, 'clock' | 'warningMinutes' | 'onWarned'>;
  readonly #given = new Map<string, Step>();

  constructor(ports: Pick<GatewayPorts, 'clock' | 'warningMinutes' | 'onWarned'>) {
    this.#ports = ports;
  }

  /** @returns the `Warning` header for an answer; null where none is due */
  take(session: SessionHandle, userAgent: string): string | null {
    const now = this.#ports.clock.now();
    const deadline = session.latestDeadline();
    const step = stepAt(deadline, this.#ports.warningMinutes(), now);
    if (step === null) return null;
    const given = { sessionId: session.id, program: programOf(userAgent), step };
    if (!this.note(given)) return null;
    this.#ports.onWarned(given);
    return warningHeader('curfew', warningText(deadline, now));
  }

  /** Remembers that a warning was given, here or by another replica. @returns whether it had not been given before */
  note({ sessionId, program, step }: GivenWarning): boolean {
    const key = `${sessionId} ${program}`;
    const before = this.#given.get(key);
    if (before === step || before === 'minute') return false;
    const [oldest] = this.#given.size < PROGRAMS_KEPT ? [] : this.#given.keys();
    if (before === undefined && oldest !== undefined) this.#given.delete(oldest);
    this.#given.set(key, step);
    return true;
  }
}

/** Which warning is due: that of the last minute also where nobody was there to get the other one. */
function stepAt(deadline: Deadline, leadMinutes: number, now: number): Step | null {
  if (now < warningAt(deadline, leadMinutes)) return null;
  return now < warningAt(deadline, 1) ? 'lead' : 'minute';
}

/** The one line that says how much is left, and why it is no more. */
export function warningText(deadline: Deadline, now: number): string {
  const leftMs = deadline.at - now;
  const left =
    leftMs < MINUTE_MS ? `${Math.max(0, Math.ceil(leftMs / 1000))} s` : `${Math.floor(leftMs / MINUTE_MS)} min`;
  const why = deadline.limit === null ? '' : ` (${describeLimit(deadline.limit)})`;
  return `Your Kubernetes session ends in ${left}${why}.`;
}

/** What a client calls itself, without its version. kubectl goes by the name of its file, such as `kubectl.1.33`. */
function programOf(userAgent: string): string {
  const name = userAgent.split(/[/\s]/, 1)[0]?.toLowerCase() ?? '';
  if (name.startsWith('kubectl')) return 'kubectl';
  return PROGRAM.test(name) ? name : 'other';
}
