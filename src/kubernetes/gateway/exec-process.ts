import type { Clock, Timer } from '../../core/clock.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { GatewayContext } from './admission.ts';
import type { ExchangeSubject } from './http-exchange.ts';
import type { ApiRequest } from './api-request.ts';
import { runOwnExec } from './own-exec.ts';
import type { OwnExec, OwnExecAnswer } from './own-exec.ts';
import { END_SCRIPT, LIST_SCRIPT, findProcess, parseLeft } from './pod-processes.ts';
import type { PodProcess } from './pod-processes.ts';
import type { ExecOutcome } from './ports.ts';
import { readFlag } from './query-flags.ts';
import type { Turns } from './turns.ts';

/** What is over by then, as most commands are, need not be looked for. */
const SETTLE_MS = 300;
/** After so long a command that prints nothing has started nevertheless; and for so long a failure is left alone. */
const SILENT_MS = 10_000;
const MAX_LOOKS = 3;

/**
 * What an exec with a terminal started in its container: found while its stream is open, by a short exec in Curfew's
 * own name, and ended by a second one when its session has ended (docs/adr/0020).
 */
export class ExecProcess {
  readonly #subject: ExchangeSubject;
  readonly #turns: Turns;
  readonly #clock: Clock;
  readonly #askedAt: number;
  #heardAt: number | null = null;
  #timer: Timer;
  #looks = 0;
  #isOver = false;
  #found: PodProcess | ExecOutcome = 'too-late';

  /** @param askedAt when the cluster was asked for the exec; it has just agreed */
  constructor(subject: ExchangeSubject, turns: Turns, clock: Clock, askedAt: number) {
    this.#subject = subject;
    this.#turns = turns;
    this.#clock = clock;
    this.#askedAt = askedAt;
    this.#timer = this.#lookIn(SILENT_MS);
  }

  /** To be called with output: from the first on it is sure that the process is there. */
  heard(): void {
    if (this.#heardAt !== null || this.#isOver) return;
    this.#heardAt = this.#clock.now();
    if (this.#looks > 0) return;
    this.#timer.dispose();
    this.#timer = this.#lookIn(SETTLE_MS);
  }

  /** The exec is over, or cut: what is found from now on may be somebody else's. */
  stop(): void {
    this.#isOver = true;
    this.#timer.dispose();
  }

  /** Ends it, if it was found; takes 5 s from when its turn comes. Never fails. */
  async end(): Promise<ExecOutcome> {
    this.stop();
    const found = this.#found;
    if (typeof found === 'string') return found;
    // Before all looks: whoever opens many execs in a container that does not answer must not keep this one waiting.
    const answer = await this.#turns.take(
      () => this.#run(END_SCRIPT, [found.initTicks, found.pid, found.startTicks]),
      true,
    );
    if (!answer.ok) return answer.why === 'no-pod' ? 'ended' : answer.why;
    const left = parseLeft(answer.stdout);
    if (left === null) return 'failed';
    return left === 0 ? 'ended' : 'left';
  }

  #lookIn(ms: number): Timer {
    return this.#clock.setTimer(this.#clock.now() + ms, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looks++;
    let lookedAt = 0;
    const answer = await this.#turns.take(async () => {
      if (this.#isOver) return null;
      lookedAt = this.#clock.now();
      return this.#run(LIST_SCRIPT, []);
    });
    const answeredAt = this.#clock.now();
    if (this.#isOver || answer === null) return;
    const heardAt = this.#heardAt ?? answeredAt;
    this.#found = answer.ok
      ? findProcess(answer.stdout, { askedAt: this.#askedAt, heardAt, lookedAt, answeredAt })
      : answer.why === 'no-pod'
        ? 'failed'
        : answer.why;
    const mayPass = this.#found === 'failed' || this.#found === 'not-found';
    if (mayPass && this.#looks < MAX_LOOKS) this.#timer = this.#lookIn(SILENT_MS);
  }

  #run(script: string, args: readonly number[]): Promise<OwnExecAnswer> {
    const { request, cluster } = this.#subject;
    const exec: OwnExec = { path: request.path, container: containerOf(request), script, args };
    return runOwnExec(cluster, exec, this.#clock);
  }
}

/** @returns null for an exec without a terminal: what that starts is not looked for */
export function followExec(context: GatewayContext, subject: ExchangeSubject, askedAt: number): ExecProcess | null {
  const { group, resource, search } = subject.request;
  if (group !== '' || resource !== 'pods' || !readFlag(search, 'tty')) return null;
  return new ExecProcess(subject, context.ownExecs, context.ports.clock, askedAt);
}

/** Ends what an exec that was cut had started, as far as possible, and tells what became of it. Never throws. */
export function endExec(
  { ports }: GatewayContext,
  { session, request }: ExchangeSubject,
  process: ExecProcess | null,
  { reason }: SessionEnd,
): void {
  const { namespace, name } = request;
  const tell = (outcome: ExecOutcome): void =>
    ports.onExecCut({ session, namespace, name, container: containerOf(request), outcome });
  process?.stop();
  // A portal that stops ends no session.
  if (reason === 'shutdown') tell('stopping');
  else if (process === null) tell('no-terminal');
  else {
    process
      .end()
      .then(tell)
      .catch((error: unknown) => {
        ports.log.error({ err: error }, 'what became of an exec could not be told');
      });
  }
}

/** Of several the API server takes the first too. */
function containerOf({ search }: ApiRequest): string | null {
  return new URLSearchParams(search).get('container');
}
