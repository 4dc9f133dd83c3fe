import type { Logger } from 'pino';
import type { Clock, Timer } from '../../core/clock.ts';
import type { SessionEnd } from '../../core/session.ts';
import type { SessionHandle, Stream } from '../../sessions/stream.ts';
import { SHELL_RECONNECT_MS, TERMINAL_CLOSE } from '../../wire/shell.ts';
import { createOutputHistory } from './output-history.ts';
import type { PageConnection } from './page-connection.ts';
import type { PtyListener } from './pty.ts';
import type { RelayTarget } from './relay.ts';
import { portalSessionOf } from './shell-types.ts';
import type { ShellEnd, ShellInfo } from './shell-types.ts';
import type { Sandbox } from './shell-workshop.ts';
import { deadlineMessage, endMessage, readClientFrame, stoppingMessage } from './terminal-messages.ts';
import type { ClientFrame } from './terminal-messages.ts';

export interface LiveShellPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly gateway: { forSession(session: SessionHandle): RelayTarget };
  warningMinutes(): number;
  /** When this server stops; null while nobody means to stop it. */
  stopsAt(): number | null;
  /** The shell is over: told within the call that ends it. */
  ended(shell: LiveShell): void;
}

/** How much of the past a page that comes back gets. */
const HISTORY_BYTES = 1024 * 1024;
/** Input that a program does not read: beyond this the page is not read either. */
const UNREAD_INPUT_BYTES = 256 * 1024;
const DEADLINE_LOOK_MS = 2_000;

/** One terminal: its session, its sandbox, and the page that shows it. */
export class LiveShell implements ShellInfo, PtyListener {
  readonly id: string;
  readonly clusterId: string;
  readonly userId: string;
  readonly startedAt: number;
  session: SessionHandle;
  end: ShellEnd | null = null;
  readonly #ports: LiveShellPorts;
  readonly #log: Logger;
  readonly #history = createOutputHistory(HISTORY_BYTES);
  #target: RelayTarget;
  #releaseSession: (() => void) | null = null;
  #sandbox: Sandbox | null = null;
  #page: PageConnection | null = null;
  #absence: Timer | null = null;
  #deadlineLook: Timer | null = null;
  #toldDeadline = '';

  constructor(id: string, session: SessionHandle, ports: LiveShellPorts) {
    this.id = id;
    this.session = session;
    this.clusterId = session.clusterId ?? '';
    this.userId = session.user.id;
    this.startedAt = ports.clock.now();
    this.#ports = ports;
    this.#log = ports.log.child({ shell: id, cluster: this.clusterId });
    this.#target = ports.gateway.forSession(session);
  }

  get portalSessionId(): string {
    return portalSessionOf(this.session);
  }

  /**
   * Makes the shell a stream of a session; with another one before, it leaves that. What its processes have open at
   * the gateway stays with the session under which it was opened.
   *
   * @returns the session's end, where it is over; then nothing has changed
   */
  join(session: SessionHandle): SessionEnd | null {
    const stream: Stream = {
      kind: 'terminal',
      cut: (end) => {
        if (this.session === session) this.#finish(shellEndOf(end));
      },
    };
    const admission = session.openStream(stream);
    if (!admission.open) return admission.end;
    this.#releaseSession?.();
    this.#releaseSession = admission.release;
    this.session = session;
    this.#target = this.#ports.gateway.forSession(session);
    this.#tellDeadline();
    return null;
  }

  relayTarget = (): RelayTarget => this.#target;

  /** Whether it lives, asked of the session itself: exact to the millisecond, whether or not a timer has fired. */
  isLive = (): boolean => {
    if (this.end !== null) return false;
    const end = this.session.end();
    if (end !== null) this.#finish({ cause: 'session', end });
    return end === null;
  };

  /** Takes over the sandbox, which may have put out something already. */
  start(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    if (this.end === null) this.#waitForPage();
    else sandbox.cut();
  }

  /** Shows the terminal to a page: the past, then `ready`, then what comes. The newest page wins. */
  attach(page: PageConnection): void {
    if (this.end !== null) {
      page.send(endMessage(this.end));
      page.leave(TERMINAL_CLOSE.ended, 'ended');
      return;
    }
    if (!this.isLive()) return this.attach(page);
    this.#page?.leave(TERMINAL_CLOSE.openedElsewhere, 'opened elsewhere');
    this.#absence?.dispose();
    this.#page = page;
    for (const chunk of this.#history.read()) page.sendOutput(chunk);
    page.send({ type: 'ready' });
    this.#toldDeadline = '';
    this.#watchDeadline();
    this.tellStop();
    this.caughtUp(page);
  }

  receive(page: PageConnection, data: Buffer, isBinary: boolean): void {
    if (page !== this.#page || !this.isLive()) return;
    const frame = readClientFrame(data, isBinary);
    if (frame.kind === 'too-large') return page.leave(TERMINAL_CLOSE.tooLarge, 'too large');
    if (frame.kind === 'invalid') return page.leave(TERMINAL_CLOSE.invalid, 'not understood');
    this.#act(frame, page);
  }

  #act(frame: Extract<ClientFrame, { kind: 'input' | 'message' }>, page: PageConnection): void {
    const { pty } = this.#sandbox ?? {};
    if (frame.kind === 'message') return pty?.resize(frame.message.cols, frame.message.rows);
    if (frame.byPerson) this.session.touch();
    pty?.write(frame.bytes);
    if ((pty?.unwrittenBytes ?? 0) > UNREAD_INPUT_BYTES) page.pauseInput();
  }

  /** The page's buffer has room again. */
  caughtUp(page: PageConnection): void {
    if (page === this.#page && this.end === null) this.#sandbox?.pty.resume();
  }

  detach(page: PageConnection): void {
    if (page !== this.#page) return;
    this.#page = null;
    this.#deadlineLook?.dispose();
    if (this.end !== null) return;
    this.#sandbox?.pty.resume();
    this.#waitForPage();
  }

  output(chunk: Buffer): void {
    if (!this.isLive()) return;
    this.#history.push(chunk);
    this.#page?.sendOutput(chunk);
    if (this.#page?.isBehind()) this.#sandbox?.pty.pause();
  }

  drained(): void {
    this.#page?.resumeInput();
  }

  exited(exitCode: number): void {
    this.#finish({ cause: 'exit', exitCode });
  }

  /** Ends the shell and leaves its session as it is. */
  close(reason: 'closed' | 'shutdown'): void {
    this.#finish({ cause: 'shell', end: { at: this.#ports.clock.now(), reason, limit: null } });
  }

  /** Tells the page when the server stops, if it does. */
  tellStop(): void {
    const at = this.#ports.stopsAt();
    if (at !== null) this.#page?.send(stoppingMessage(at, this.#ports.clock.now()));
  }

  /** Resolves once nothing of it is left. */
  async buried(): Promise<void> {
    const startedAt = this.#ports.clock.now();
    if ((await this.#sandbox?.destroy()) === false) this.#log.error('something of a shell could not be removed');
    else this.#log.info({ tookMs: this.#ports.clock.now() - startedAt }, 'nothing of a shell is left');
  }

  /** Everything that must be so when this returns: no byte passes, and the first blow has fallen. */
  #finish(end: ShellEnd): void {
    if (this.end !== null) return;
    this.end = end;
    this.#sandbox?.cut();
    this.#absence?.dispose();
    this.#deadlineLook?.dispose();
    this.#page?.cut(endMessage(end), end.cause === 'exit' ? TERMINAL_CLOSE.exited : TERMINAL_CLOSE.ended);
    this.#page = null;
    this.#releaseSession?.();
    this.#log.info({ end }, 'a shell ended');
    this.#ports.ended(this);
  }

  #waitForPage(): void {
    this.#absence?.dispose();
    const { clock } = this.#ports;
    this.#absence = clock.setTimer(clock.now() + SHELL_RECONNECT_MS, () => {
      if (this.#page === null) this.close('closed');
    });
  }

  /** Tells the page the deadline now and looks again every few seconds: settings and activity move it. */
  #watchDeadline(): void {
    this.#deadlineLook?.dispose();
    if (!this.isLive()) return;
    this.#tellDeadline();
    const { clock } = this.#ports;
    this.#deadlineLook = clock.setTimer(clock.now() + DEADLINE_LOOK_MS, () => this.#watchDeadline());
  }

  #tellDeadline(): void {
    if (this.#page === null) return;
    const message = deadlineMessage(this.session, this.#ports.clock.now(), this.#ports.warningMinutes());
    const told = JSON.stringify({ ...message, now: null });
    if (told === this.#toldDeadline) return;
    this.#toldDeadline = told;
    this.#page.send(message);
  }
}

/** A session lives on where only the server under the shell goes. */
function shellEndOf(end: SessionEnd): ShellEnd {
  const { reason } = end;
  return reason === 'shutdown' ? { cause: 'shell', end: { ...end, reason } } : { cause: 'session', end };
}
