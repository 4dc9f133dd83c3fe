import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Clock, Timer } from '../../../core/clock.ts';
import { PortalError } from '../../../core/portal-error.ts';
import type { Sandbox, SandboxRequest } from '../shell-workshop.ts';
import type { PodApi } from './pod-api.ts';
import { openPodRelay } from './pod-relay.ts';
import type { PodRelay } from './pod-relay.ts';
import { JOIN_COMMAND, SHELL_COMMAND, shellPod } from './pod-spec.ts';
import type { PodSettings } from './pod-spec.ts';
import { startOf } from './pod-start.ts';
import { followRemoteCommand } from './remote-command.ts';
import type { RemoteCommand, RemoteCommandListener } from './remote-command.ts';

export interface PodParts {
  readonly api: PodApi;
  readonly log: Logger;
  readonly settings: PodSettings;
  /** The machine's, in which pods start and die; a test that moves the portal's clock leaves this one alone. */
  readonly clock: Clock;
  /** How long a session may last at most, by the settings of now. */
  longestSessionMs(): number;
}

/** Images are pulled within it. */
const START_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;
const DELETE_WITHIN_MS = 10_000;
const DELETE_AGAIN_MS = 500;
const PING_EVERY_MS = 20_000;
/**
 * How long a pod may live at least: it cannot be given more time later, when somebody signs in again and takes the shell
 * along. The portal cuts to the millisecond, and without a portal the pod ends by its silence (docs/adr/0019).
 */
const LEAST_BACKSTOP_MS = 24 * 60 * 60_000;

/**
 * @returns null when it was no longer wanted
 * @throws PortalError `shell-unavailable`, ApiError
 */
export async function startPodSandbox(
  parts: PodParts,
  request: SandboxRequest,
  command: readonly string[] = SHELL_COMMAND,
): Promise<Sandbox | null> {
  const { api, settings, clock } = parts;
  if (!request.isStillWanted()) return null;
  await using made = new AsyncDisposableStack();
  const name = `curfew-shell-${randomBytes(8).toString('hex')}`;
  made.defer(() => deletePod(parts, name));
  const backstopMs = Math.max(LEAST_BACKSTOP_MS, parts.longestSessionMs());
  await api.create(shellPod(settings, name, request, Math.ceil(backstopMs / 1000)));
  parts.log.info({ shell: request.id, pod: name }, 'a pod was made for a shell');
  if (!(await hasStarted(parts, name, request))) return null;

  const ending = endOnce(request);
  const relay = await joinRelay(parts, name, request, ending.lost);
  made.defer(() => relay.cut());
  if (!request.isStillWanted()) return null;
  const { cols, rows } = request.size;
  const pty = await execute(parts, name, command, true, terminalListener(request, ending));
  pty.resize(cols, rows);
  made.defer(() => pty.close());
  const keptAlive = keepAlive(pty, clock);
  made.defer(() => keptAlive.dispose());
  return ownSandbox(pty, relay, ending, made.move());
}

/** The end of a shell, told once: by its bash, or because its pod cannot be reached any more. */
interface Ending {
  exited(exitCode: number): void;
  lost(): void;
  /** From now on nobody wants to hear of it. */
  hush(): void;
}

function endOnce({ listener }: SandboxRequest): Ending {
  let isOver = false;
  const end = (exitCode: number, words: string): void => {
    if (isOver) return;
    isOver = true;
    if (words !== '') listener.output(Buffer.from(words));
    listener.exited(exitCode);
  };
  return {
    exited: (exitCode) => end(exitCode, ''),
    lost: () => end(1, '\r\nThe pod of this shell has ended, or cannot be reached any more.\r\n'),
    hush() {
      isOver = true;
    },
  };
}

function terminalListener({ listener }: SandboxRequest, ending: Ending): RemoteCommandListener {
  return {
    output: (chunk) => listener.output(chunk),
    drained: () => listener.drained(),
    ended: (exitCode) => (exitCode === null ? ending.lost() : ending.exited(exitCode)),
  };
}

async function hasStarted({ api, clock, settings }: PodParts, name: string, request: SandboxRequest): Promise<boolean> {
  const giveUpAt = clock.now() + START_WITHIN_MS;
  for (;;) {
    const start = startOf(await api.read(name));
    if (!request.isStillWanted()) return false;
    if (start.state === 'running') return true;
    if (start.state === 'failed') throw unavailable(settings, `did not start: ${start.why}`);
    if (clock.now() >= giveUpAt) {
      throw unavailable(settings, `did not start within ${START_WITHIN_MS / 1000} s${start.why && `: ${start.why}`}`);
    }
    await pause(clock, LOOK_AGAIN_MS);
  }
}

/** The second exec, which carries the traffic of kubectl; resolves once the relay in the pod has answered. */
async function joinRelay(
  parts: PodParts,
  name: string,
  { relayTarget }: SandboxRequest,
  lost: () => void,
): Promise<PodRelay> {
  const { clock, settings } = parts;
  const ended = Promise.withResolvers<never>();
  // It may end at any later time too, when nobody waits for it.
  ended.promise.catch(() => undefined);
  const lose = (): void => {
    lost();
    ended.reject(unavailable(settings, 'has a relay that does not answer; its image is of another version of Curfew'));
  };
  let relay: PodRelay | null = null;
  const remote = await execute(parts, name, JOIN_COMMAND, false, {
    output: (chunk) => relay?.receive(chunk),
    drained: () => undefined,
    ended: lose,
  });
  relay = openPodRelay({ send: remote.write, close: remote.close }, clock, relayTarget, lose);
  try {
    await Promise.race([relay.answered, ended.promise]);
    return relay;
  } catch (error) {
    relay.cut();
    throw error;
  }
}

async function execute(
  { api, settings }: PodParts,
  name: string,
  command: readonly string[],
  tty: boolean,
  listener: RemoteCommandListener,
): Promise<RemoteCommand> {
  const socket = await api.exec(name, command, { tty });
  const remote = followRemoteCommand(socket, listener);
  await once(socket, 'open').catch((error: unknown) => {
    throw unavailable(settings, `cannot be entered: ${error instanceof Error ? error.message : String(error)}`);
  });
  return remote;
}

/** Nothing on the way is to take a terminal at which nobody types for a dead connection. */
function keepAlive(pty: RemoteCommand, clock: Clock): Timer {
  let timer: Timer;
  const beat = (): void => {
    pty.ping();
    timer = clock.setTimer(clock.now() + PING_EVERY_MS, beat);
  };
  beat();
  return { dispose: () => timer.dispose() };
}

/** Whoever cannot delete it now leaves it to the sweep: without its relay the pod ends by itself. */
async function deletePod({ api, clock }: PodParts, name: string): Promise<void> {
  const giveUpAt = clock.now() + DELETE_WITHIN_MS;
  for (;;) {
    try {
      return await api.delete(name);
    } catch (error) {
      if (clock.now() >= giveUpAt) throw error;
      await pause(clock, DELETE_AGAIN_MS);
    }
  }
}

function ownSandbox(pty: RemoteCommand, relay: PodRelay, ending: Ending, owned: AsyncDisposableStack): Sandbox {
  let destroyed: Promise<boolean> | null = null;
  const destroy = (): Promise<boolean> => {
    ending.hush();
    // Both within this call: from here on no byte passes, and the relay in the pod ends everything with itself.
    relay.cut();
    pty.close();
    destroyed ??= owned.disposeAsync().then(
      () => true,
      () => false,
    );
    return destroyed;
  };
  return { pty, cut: () => void destroy(), destroy };
}

function unavailable({ clusterId, image }: PodSettings, what: string): PortalError {
  return new PortalError('shell-unavailable', `The pod of a shell (image ${image}, cluster ${clusterId}) ${what}.`);
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(clock.now() + ms, resolve);
  });
}
