import type { Timer } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import { sessionEventSchemas } from '../wire/session.ts';
import { PortalClient } from './portal-client.ts';
import { kubernetesOf, readStatus, statusJson } from './read-status.ts';
import type { Status } from './read-status.ts';
import { placeOf } from './sessions.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { describeLeft } from './words.ts';

const TICK_MS = 1000;
const TRY_AGAIN_MS = 2000;

/**
 * `curfew status --watch`: counts down until the portal session ends, and says then how it ended. The portal tells of
 * each change and of the end; nothing is asked in between.
 *
 * @param isForPrograms a line of JSON for each change, in place of a countdown
 * @throws PortalError `session-ended`
 */
export async function watch(signIn: SignIn, isForPrograms: boolean, around: Surroundings): Promise<never> {
  const countdown = new Countdown(signIn, isForPrograms, around);
  try {
    for (;;) {
      await listen(signIn, countdown).catch((error: unknown) => {
        // It may be restarting: the session lives on, or asking again says how it ended.
        if (!(error instanceof PortalError) || error.code !== 'unavailable') throw error;
        countdown.lost(error.message);
      });
      await new Promise<void>((resolve) => around.clock.setTimer(around.clock.now() + TRY_AGAIN_MS, resolve));
    }
  } finally {
    countdown.stop();
  }
}

/** Resolves where the portal hangs up, as for a restart. */
async function listen(signIn: SignIn, countdown: Countdown): Promise<void> {
  let failure: unknown = null;
  let reading = Promise.resolve();
  await new PortalClient(signIn).listen('/api/session/events', ({ event, data }) => {
    if (event === 'session') {
      reading = reading.then(async () => countdown.show(await readStatus(signIn, { background: true })));
      reading.catch((error: unknown) => (failure ??= error));
    }
    if (event === 'ended')
      failure = new PortalError('session-ended', sessionEventSchemas.ended.parse(JSON.parse(data)).sentence);
  });
  if (failure !== null) throw failure as Error;
}

/** The line that counts down. */
class Countdown {
  readonly #signIn: SignIn;
  readonly #isForPrograms: boolean;
  readonly #around: Surroundings;
  #timer: Timer | null = null;
  #last = '';

  constructor(signIn: SignIn, isForPrograms: boolean, around: Surroundings) {
    this.#signIn = signIn;
    this.#isForPrograms = isForPrograms;
    this.#around = around;
  }

  show(status: Status): void {
    const { clock, print } = this.#around;
    this.#timer?.dispose();
    if (this.#isForPrograms) return print(JSON.stringify(statusJson(this.#signIn, status)));
    const ahead = Date.parse(status.own.now) - clock.now();
    const tick = (): void => {
      this.#line(describe(status, clock.now() + ahead));
      this.#timer = clock.setTimer(clock.now() + TICK_MS, tick);
    };
    tick();
  }

  lost(sentence: string): void {
    this.#timer?.dispose();
    this.#around.terminal.overwrite('');
    this.#around.tell(`${sentence} Trying again.`);
  }

  stop(): void {
    this.#timer?.dispose();
    this.#around.terminal.overwrite('\n');
  }

  #line(text: string): void {
    // Where it is no terminal, only what has changed.
    if (!this.#around.terminal.overwrite(text) && text !== this.#last) this.#around.print(text);
    this.#last = text;
  }
}

function describe({ own, sessions }: Status, now: number): string {
  const left = (endsAt: string | null) => (endsAt === null ? 'no end' : describeLeft(Date.parse(endsAt) - now));
  const isOver = (endsAt: string | null) => endsAt !== null && Date.parse(endsAt) <= now;
  const parts = kubernetesOf(sessions).map(
    (session) => `${placeOf(session)} ${isOver(session.endsAt) ? 'has ended' : left(session.endsAt)}`,
  );
  return [`portal ${left(own.endsAt)}`, ...parts].join(', ');
}
