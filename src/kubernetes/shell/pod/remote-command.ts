import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';

/** A command that runs in a container, and its streams (Kubernetes' `v4.channel.k8s.io`). */
export interface RemoteCommand {
  /** Bytes for its standard input. */
  write(bytes: Buffer): void;
  readonly unwrittenBytes: number;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  /** So that nothing on the way takes a silent connection for a dead one. */
  ping(): void;
  /** Ends the connection at once. The command may go on in the container. */
  close(): void;
}

export interface RemoteCommandListener {
  output(chunk: Buffer): void;
  /** All input that waited has been sent. */
  drained(): void;
  /** Called once. @param exitCode null where the connection ended without one */
  ended(exitCode: number | null): void;
}

const [STDIN, STDOUT, STDERR, ERROR, RESIZE] = [0, 1, 2, 3, 4];

const statusSchema = z.object({
  status: z.string(),
  details: z.object({ causes: z.array(z.object({ reason: z.string(), message: z.string() })).optional() }).optional(),
});

/** @param socket asks for an exec, and is not open yet; its errors end it */
export function followRemoteCommand(socket: WebSocket, listener: RemoteCommandListener): RemoteCommand {
  let exitCode: number | null = null;
  socket.on('message', (data) => {
    const message = toBuffer(data);
    const content = message.subarray(1);
    if (content.length === 0) return;
    if (message[0] === STDOUT || message[0] === STDERR) listener.output(content);
    else if (message[0] === ERROR) exitCode = exitCodeOf(content.toString());
  });
  // What breaks the connection closes it.
  socket.on('error', () => socket.terminate());
  socket.once('close', () => listener.ended(exitCode));
  const send = (channel: number, content: Buffer, sent?: () => void): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), content]), sent);
  };
  return {
    write: (bytes) =>
      send(STDIN, bytes, () => {
        if (socket.bufferedAmount === 0) listener.drained();
      }),
    get unwrittenBytes() {
      return socket.bufferedAmount;
    },
    resize: (cols, rows) => send(RESIZE, Buffer.from(JSON.stringify({ Width: cols, Height: rows }))),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ping: () => void (socket.readyState === socket.OPEN && socket.ping()),
    close: () => socket.terminate(),
  };
}

/** The code in the `Status` that ends a command: 0 for success; null where it was not the command that ended. */
function exitCodeOf(text: string): number | null {
  const parsed = statusSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  if (parsed.data.status === 'Success') return 0;
  const cause = parsed.data.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return cause === undefined ? null : Number(cause.message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema accepts it.
    return undefined;
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
