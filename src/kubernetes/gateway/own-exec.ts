import { randomBytes } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Cluster, Connection } from '../clusters/cluster.ts';
import { isValidSwitch } from './upgrade-handshake.ts';
import { followWebSocket } from './websocket-frames.ts';

/** How long it may take, connecting included. */
export const OWN_EXEC_MS = 5000;
/** Of what is longer nothing is believed. */
const MAX_BYTES = 64 * 1024;
/** Every API server that speaks version 5 speaks this too. */
const PROTOCOL = 'v4.channel.k8s.io';
const [STDOUT, ERROR] = [1, 3];
const NO_SHELL = /executable file not found|no such file or directory/;
const statusSchema = z.object({ status: z.enum(['Success', 'Failure']), message: z.string().optional() });

/** A command in a container, in Curfew's own name. */
export interface OwnExec {
  /** Of the pod's `exec`, exactly as the cluster let the user through to it. */
  readonly path: string;
  readonly container: string | null;
  /** For `sh -c`; takes `args` as `$1` and so on. */
  readonly script: string;
  /** Numbers alone: nothing that a user or a pod could word gets into a command. */
  readonly args: readonly number[];
}

export type OwnExecAnswer =
  | { readonly ok: true; /** What it printed. The pod's owner may have worded it. */ readonly stdout: string }
  | { readonly ok: false; readonly why: 'refused' | 'no-pod' | 'no-shell' | 'failed' };

/**
 * Runs a short script in a container with the cluster's own credential, as nobody else: the one tunnel that no user
 * asked for. Never fails; takes 5 s at the most.
 */
export async function runOwnExec(
  cluster: Pick<Cluster, 'connect' | 'forgetCredential'>,
  exec: OwnExec,
  clock: Clock,
): Promise<OwnExecAnswer> {
  return new Promise((resolve) => {
    let running: RunningExec | null = null;
    let isOver = false;
    const finish = (answer: OwnExecAnswer): void => {
      isOver = true;
      timer.dispose();
      running?.destroy();
      resolve(answer);
    };
    const timer = clock.setTimer(clock.now() + OWN_EXEC_MS, () => {
      finish({ ok: false, why: 'failed' });
    });
    const begin = (connection: Connection): void => {
      if (!isOver) running = startOwnExec(connection, exec, finish, () => cluster.forgetCredential());
    };
    Promise.resolve()
      .then(() => cluster.connect())
      .then(begin)
      .catch(() => {
        // Why the cluster cannot be reached, its health says.
        finish({ ok: false, why: 'failed' });
      });
  });
}

interface RunningExec {
  destroy(): void;
}

function startOwnExec(
  connection: Connection,
  exec: OwnExec,
  finish: (answer: OwnExecAnswer) => void,
  onUnauthorized: () => void,
): RunningExec {
  const key = randomBytes(16).toString('base64');
  const asked = { 'sec-websocket-key': key, 'sec-websocket-protocol': PROTOCOL };
  const headers = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'];
  for (const [name, value] of Object.entries(asked)) headers.push(name, value);
  if (connection.authorization !== null) headers.push('Authorization', connection.authorization);
  const asking: ClientRequest = connection.startUpgrade('GET', connection.basePath + targetOf(exec), headers);
  let socket: Duplex | null = null;

  asking.once('upgrade', (answer, upstream, head) => {
    socket = upstream;
    const read = readAnswer(finish);
    upstream.on('error', () => {
      // What follows an error is a close.
    });
    upstream.once('close', () => {
      finish({ ok: false, why: 'failed' });
    });
    if (!isValidSwitch('websocket', asked, answer.headers)) finish({ ok: false, why: 'failed' });
    else {
      read(head);
      upstream.on('data', read);
    }
  });
  asking.once('response', ({ statusCode }) => {
    if (statusCode === 401) onUnauthorized();
    const why = statusCode === 404 ? 'no-pod' : statusCode === 401 || statusCode === 403 ? 'refused' : 'failed';
    finish({ ok: false, why });
  });
  asking.on('error', () => {
    finish({ ok: false, why: 'failed' });
  });
  asking.end();
  return {
    destroy() {
      asking.destroy();
      socket?.destroy();
    },
  };
}

function targetOf({ path, container, script, args }: OwnExec): string {
  const query = new URLSearchParams({ stdout: 'true' });
  if (container !== null) query.set('container', container);
  for (const word of ['sh', '-c', script, 'curfew', ...args.map(String)]) query.append('command', word);
  // Kubernetes reads both, but a plus is nothing that Curfew lets through elsewhere.
  return `${path}?${query.toString().replaceAll('+', '%20')}`;
}

/** Reads until the `Status` is there, which comes behind all output. */
function readAnswer(finish: (answer: OwnExecAnswer) => void): (chunk: Uint8Array) => void {
  const texts = new Map<number, string>();
  let channel = -1;
  let bytes = 0;
  let isFirst = false;
  const frames = followWebSocket({
    onMessage(from) {
      channel = from;
      isFirst = true;
    },
    onPayload(payload) {
      const content = Buffer.from(isFirst ? payload.subarray(1) : payload).toString('latin1');
      isFirst = false;
      texts.set(channel, (texts.get(channel) ?? '') + content);
    },
  });
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return finish({ ok: false, why: 'failed' });
    frames.follow(chunk);
    const status = parseStatus(texts.get(ERROR) ?? '');
    if (status === null) return;
    const stdout = texts.get(STDOUT) ?? '';
    if (status.status === 'Success') finish({ ok: true, stdout });
    else finish({ ok: false, why: NO_SHELL.test(status.message ?? '') ? 'no-shell' : 'failed' });
  };
}

function parseStatus(text: string): z.infer<typeof statusSchema> | null {
  if (text === '') return null;
  try {
    return statusSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    // Not all of it is there yet.
    return null;
  }
}
