import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { runCommand } from './command.ts';
import { installCommand, installPackages, missingPackages, neededPackages } from './debian-packages.ts';
import { readDebianCodename } from './debian-release.ts';
import { takeLock } from './exclusive-lock.ts';
import { buildImages } from './images.ts';
import { downloadKubernetesSource } from './kubernetes-source.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { Stage } from './progress.ts';
import type { Tier } from './tier.ts';

const SCRIPT = join(import.meta.dirname, 'build-kubernetes.sh');

/** The steps of a build, with how long each takes on two cores. */
export const BUILD_STAGES: readonly Stage[] = [
  { name: 'packages', label: "Installing Debian's packages", typicalMs: 40_000 },
  { name: 'source', label: 'Downloading the source of Kubernetes', typicalMs: 8000 },
  { name: 'generate', label: 'Preparing the source', typicalMs: 20_000 },
  { name: 'compile', label: 'Compiling Kubernetes', typicalMs: 300_000 },
  { name: 'images', label: 'Making images', typicalMs: 5000 },
];

export interface BuildPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly ledger: ProcessLedger;
  readonly signal?: AbortSignal | undefined;
  /** A stage began; `message` is what somebody should know of it. */
  enter(stage: string, message?: string): void;
  /** How far the present stage is, from 0 to 1. */
  advance(fraction: number): void;
}

/** The folder for what this version of the build makes on this kind of machine: `bin/` and `images/`. */
export function binariesFolder(cacheDir: string): string {
  const key = createHash('sha256').update(readFileSync(SCRIPT)).update(process.arch).digest('hex').slice(0, 16);
  return join(cacheDir, `kubernetes-${key}`);
}

/**
 * Makes sure that Kubernetes is built and that what it needs of Debian is installed. A build happens in a folder beside
 * and is moved into place when it is whole, so an interrupted one is never mistaken for a finished one; of two
 * processes that want it at once, one builds and the other waits.
 *
 * @returns the folder of `binariesFolder`
 * @throws Error in plain words: what is missing and what to do
 */
export async function ensureBinaries(cacheDir: string, tier: Tier, ports: BuildPorts): Promise<string> {
  const folder = binariesFolder(cacheDir);
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  await ensurePackages(tier, !existsSync(folder), ports);
  if (existsSync(folder)) return folder;
  const release = await takeLock(join(cacheDir, 'build.lock'), {
    clock: ports.clock,
    signal: ports.signal,
    onWait: () => ports.enter('source', 'Another process is building it; waiting for that.'),
  });
  try {
    if (!existsSync(folder)) await build(cacheDir, folder, ports);
    return folder;
  } finally {
    release();
  }
}

async function ensurePackages(tier: Tier, toBuild: boolean, { log, ledger, enter }: BuildPorts): Promise<void> {
  const missing = await missingPackages(neededPackages(tier, { build: toBuild }));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian's packages are missing. As root: ${installCommand(missing)}`);
  }
  enter('packages', `Installing Debian's packages: ${missing.join(', ')}.`);
  await installPackages(missing, { ledger, onLine: (line) => log.debug({ apt: line }) });
}

async function build(cacheDir: string, folder: string, ports: BuildPorts): Promise<void> {
  const { log, ledger, signal, enter, advance } = ports;
  const codename = await readDebianCodename();
  const work = await mkdtemp(join(cacheDir, 'building-'));
  const options = { signal, ledger, onLine: (line: string) => log.debug({ build: line }) };
  try {
    enter('source');
    await downloadKubernetesSource(work, codename, options);
    await compile(work, ports);
    enter('images');
    advance(0);
    const result = join(work, 'result');
    await mkdir(result);
    await rename(join(work, 'bin'), join(result, 'bin'));
    await buildImages(join(result, 'bin'), join(result, 'images'));
    await rename(result, folder);
  } finally {
    // Go makes its module folders read-only; `rm` of the shell does not mind as their owner after a chmod.
    await runCommand('chmod', ['-R', 'u+w', work]);
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs the build script, niced, and reads from its output how far it is. */
async function compile(work: string, { log, ledger, signal, enter, advance }: BuildPorts): Promise<void> {
  let total = Number.POSITIVE_INFINITY;
  let visited = 0;
  await runCommand('nice', ['-n', '10', 'bash', SCRIPT, work], {
    signal,
    ledger,
    onLine(line, stream) {
      log.debug({ build: line });
      const [, word, value = ''] = /^@(\w+) (\S+)/.exec(line) ?? [];
      if (stream === 'stdout' && word === 'stage') enter(value);
      else if (stream === 'stdout' && word === 'total') total = Number(value);
      else if (stream === 'stderr') advance(++visited / total);
    },
  });
}
