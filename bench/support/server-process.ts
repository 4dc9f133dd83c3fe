import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scratch } from './scratch.ts';

const READY_WITHIN_MS = 120_000;
/** Linux counts CPU time in hundredths of a second, whatever its own tick is. */
const MS_PER_TICK = 10;

/** A process that a benchmark started and looks at; it is stopped by its pid when the scratch folder goes. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** It is ready once it writes this … */
  readonly saying?: RegExp;
  /** … or takes connections there. */
  readonly listening?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** @throws Error with what it wrote, when it exits or is not ready in time */
export async function startServer(
  scratch: Scratch,
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  options: ServerOptions = {},
): Promise<ServerProcess> {
  const file = join(scratch.folder, `${name}.log`);
  const log = openSync(file, 'w');
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...options.env } });
  closeSync(log);
  const server: ServerProcess = {
    name,
    pid: child.pid ?? 0,
    output: () => readFileSync(file, 'utf8'),
    stop: () => stop(child),
  };
  scratch.defer(() => server.stop());
  child.on('error', () => undefined);
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(server, options))) {
    const gone = child.exitCode !== null || child.pid === undefined;
    if (gone || performance.now() > deadline) {
      throw new Error(`${name} ${gone ? 'did not start' : 'is not ready'}: ${server.output().trim()}`);
    }
    await sleep(10);
  }
  return server;
}

/** Milliseconds of CPU that processes have used, by themselves and in the kernel, since each was started. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids
    .map((pid) => {
      // The name of the program, in parentheses, may hold blanks.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    })
    .reduce((sum, each) => sum + each, 0);
}

/** The memory that a process occupies, in KiB. */
export function residentKiBOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isReady(server: ServerProcess, { saying, listening }: ServerOptions): Promise<boolean> {
  if (saying !== undefined) return saying.test(server.output());
  if (listening === undefined) return true;
  const socket = connect(listening, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Not yet.
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await exited;
  clearTimeout(patience);
}
