import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const CURFEW = join(import.meta.dirname, '..', '..', 'bin', 'curfew');
/** Long for a start, since a machine may be busy; nothing waits this long that works. */
const MOST_MS = 30_000;

/** What a process printed, and how it ended. */
export interface Ending {
  /** The exit code; null when a signal ended it. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `bin/curfew` as a process of its own, in a process group of its own. */
export interface CurfewProcess {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Signals the whole group, as Ctrl-C on a terminal does. */
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ending>;
}

/** `curfew serve`, once it has printed where it is. */
export interface ServingCurfew extends CurfewProcess {
  readonly url: string;
  readonly tlsUrl: string;
  /** The token of the one-time link; null when there is an administrator. */
  readonly setupToken: string | null;
}

const houses: CurfewHouse[] = [];
// Here, since a hook that is registered within a test does not run.
afterAll(async () => {
  for (const house of houses) await house.clear();
});

/** A scratch folder for one portal's data, and everything that runs on it; all is gone after the test file. */
export class CurfewHouse {
  readonly folder = mkdtempSync(join(tmpdir(), 'curfew-process-'));
  readonly dataDir = join(this.folder, 'data');
  readonly #started: CurfewProcess[] = [];

  readonly #environment: Readonly<Record<string, string | undefined>>;

  /** @param environment what its processes get besides the options of a test portal, or, undefined, do not get */
  constructor(environment: Readonly<Record<string, string | undefined>> = {}) {
    this.#environment = environment;
    this.write('none.kubeconfig', '');
    houses.push(this);
  }

  /** Runs a command. The options come by environment, so that those of a test, given as flags, win. */
  start(...args: string[]): CurfewProcess {
    const child = spawn(CURFEW, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        CURFEW_PORT: '0',
        CURFEW_TLS_PORT: '0',
        CURFEW_DATA_DIR: this.dataDir,
        CURFEW_KUBECONFIG: join(this.folder, 'none.kubeconfig'),
        CURFEW_LOCAL_CLUSTER: 'false',
        ...this.#environment,
      },
    });
    const started = observe(child);
    this.#started.push(started);
    return started;
  }

  /** Writes a file into the scratch folder. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  run(...args: string[]): Promise<Ending> {
    return this.start(...args).ended;
  }

  async serve(...args: string[]): Promise<ServingCurfew> {
    const started = this.start('serve', ...args);
    await Promise.race([
      until(() => /^kubectl: .*\n/m.test(started.stdout()), 'the printed addresses'),
      started.ended.then(({ exit, stderr }) => Promise.reject(new Error(`curfew ended with ${exit}: ${stderr}`))),
    ]);
    const printed = (pattern: RegExp) => pattern.exec(started.stdout())?.[1];
    return {
      ...started,
      url: printed(/^Curfew: +(\S+)$/m) ?? '',
      tlsUrl: printed(/^kubectl: +(\S+)/m) ?? '',
      setupToken: printed(/^First administrator: \S+\/setup\/(\S+)$/m) ?? null,
    };
  }

  /** What runs with this data folder, whoever started it: by its environment, which children inherit. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && readProc(name, 'environ').includes(`CURFEW_DATA_DIR=${this.dataDir}`))
      .map(Number);
  }

  async clear(): Promise<void> {
    for (const { child, signal, ended } of this.#started) {
      if (child.exitCode === null && child.signalCode === null) signal('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function until(isSo: () => boolean, what: string, withinMs = MOST_MS): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function observe(child: ChildProcess): CurfewProcess {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve({ exit, signal, stdout, stderr }));
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  };
  return { child, stdout: () => stdout, stderr: () => stderr, signal, ended };
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8');
  } catch {
    // It ended meanwhile, or is somebody else's.
    return '';
  }
}
