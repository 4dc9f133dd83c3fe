import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { poll } from './delay.ts';
import { isRunning, signalGroup } from './process-identity.ts';
import type { ProcessLedger } from './process-ledger.ts';

/** How a part of the cluster is run. */
export interface ComponentSpec {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly logFile: string;
  /** How to stop it: politely first, where it has something to finish. */
  readonly stopSignal: 'SIGTERM' | 'SIGKILL';
}

/** A running part of the cluster. */
export interface Component {
  readonly spec: ComponentSpec;
  readonly pid: number;
  /** Resolves once it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Ends it and its children, and waits until they are gone. */
  stop(): Promise<void>;
}

const GRACE_MS = 5000;

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal does not reach it: the portal stops its
 * processes in order. Its output goes to its log file.
 */
export async function startComponent(spec: ComponentSpec, ledger: ProcessLedger, clock: Clock): Promise<Component> {
  const log = openSync(spec.logFile, 'a', 0o600);
  // The portal's own umask keeps everything from others; what pods see of files must be readable for their users.
  const child = spawn('sh', ['-c', 'umask 022; exec "$@"', 'sh', ...spec.command], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  closeSync(log);
  const pid = child.pid;
  if (pid !== undefined) ledger.record(spec.name, pid);
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isOver = true;
      resolve();
    });
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  if (pid === undefined) throw new Error(`${spec.name} has no process id`);

  return {
    spec,
    pid,
    ended,
    hasEnded: () => isOver,
    async stop() {
      if (!isOver) signalGroup(pid, spec.stopSignal);
      await poll(() => (isOver ? true : null), { clock, everyMs: 20, forMs: GRACE_MS });
      // Whatever of its group is left.
      signalGroup(pid, 'SIGKILL');
      await ended;
      ledger.forget(pid);
    },
  };
}

/** Stops what the ledger of a killed run still lists: processes by pid and start time, with their groups. */
export async function stopLeftovers(ledger: ProcessLedger, clock: Clock): Promise<string[]> {
  const leftovers = ledger.running();
  for (const leftover of leftovers) {
    signalGroup(leftover.pid, 'SIGKILL');
    const gone = await poll(() => (isRunning(leftover) ? null : true), { clock, everyMs: 20, forMs: GRACE_MS });
    if (gone === null)
      throw new Error(`${leftover.name} (process ${leftover.pid}) of an earlier run cannot be stopped.`);
    ledger.forget(leftover.pid);
  }
  return leftovers.map(({ name }) => name);
}
