import { spawn } from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';
import type { Socket } from 'node:net';

/** A terminal with a process on it. */
export interface Pty {
  write(input: Buffer): void;
  /** Input that the terminal has not taken yet, in bytes. */
  readonly unwrittenBytes: number;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
}

export interface PtyListener {
  output(chunk: Buffer): void;
  /** The terminal has taken all input that waited. */
  drained(): void;
  exited(exitCode: number): void;
}

/** What node-pty has and its types leave out: it hands out bytes where no encoding is set, and its socket. */
type RealPty = Omit<IPty, 'onData' | 'write'> & {
  onData(listener: (chunk: Buffer) => void): void;
  write(data: Buffer): void;
  readonly _socket: Socket;
};

/** Starts `file` on a new terminal, with `environment` and nothing else. */
export function spawnPty(
  command: { file: string; args: string[] },
  size: { cols: number; rows: number },
  environment: Readonly<Record<string, string>>,
  listener: PtyListener,
): Pty & { readonly pid: number } {
  const pty = spawn(command.file, command.args, {
    name: 'xterm-256color',
    ...size,
    cwd: '/',
    env: { ...environment },
    encoding: null,
  }) as unknown as RealPty;
  const { _socket: socket } = pty;
  // A terminal whose process is gone answers EIO, to reads and writes alike: that is its end, not an error. node-pty
  // throws whatever it does not expect unless somebody else listens too.
  socket.on('error', () => {});
  socket.on('drain', () => listener.drained());
  pty.onData((chunk) => listener.output(chunk));
  pty.onExit(({ exitCode }) => listener.exited(exitCode));
  return {
    pid: pty.pid,
    write: (input) => void (socket.writable && pty.write(input)),
    get unwrittenBytes() {
      return socket.writableLength;
    },
    resize: (cols, rows) => void (socket.destroyed || pty.resize(cols, rows)),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
  };
}
