import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { signalGroup } from './process-identity.ts';
import type { ProcessLedger } from './process-ledger.ts';

/** A command that ended with something else than success. The message holds what it said last. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command and its children. Leave it out for what must not be interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Every line of its output as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Where to note the process, if it runs long enough that the portal may be killed meanwhile. */
  readonly ledger?: ProcessLedger;
  /** For a whole input on its standard input. */
  readonly input?: string;
}

const TAIL_LINES = 8;

/**
 * Runs a command to its end, in a process group of its own.
 *
 * @returns its standard output
 * @throws CommandError when it fails or cannot be run; the signal's reason when it was aborted
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { signal, ledger, input } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, LC_ALL: 'C' },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) ledger?.record(command, pid);
  const kill = (): void => (pid === undefined ? undefined : signalGroup(pid, 'SIGKILL'));
  signal?.addEventListener('abort', kill, { once: true });
  child.stdin?.end(input);
  try {
    return await outcome(child, [command, ...args].join(' '), options);
  } finally {
    signal?.removeEventListener('abort', kill);
    if (pid !== undefined) ledger?.forget(pid);
  }
}

async function outcome(child: ChildProcess, shown: string, { signal, onLine }: CommandOptions): Promise<string> {
  const output: string[] = [];
  const tail: string[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = child[stream];
    if (source === null) continue;
    createInterface({ input: source }).on('line', (line) => {
      if (stream === 'stdout') output.push(line);
      else if (tail.push(line) > TAIL_LINES) tail.shift();
      onLine?.(line, stream);
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(`${shown}: ${error.message}`, { cause: error })));
    child.once('close', (exit, killedBy) => resolve(exit ?? killedBy ?? 'unknown'));
  });
  signal?.throwIfAborted();
  if (code !== 0) {
    const said = (tail.length > 0 ? tail : output.slice(-TAIL_LINES)).join('\n');
    throw new CommandError(`\`${shown}\` failed (${code})${said === '' ? '' : `:\n${said}`}`);
  }
  return output.join('\n');
}
