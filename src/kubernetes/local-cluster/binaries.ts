import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { runCommand } from './command.ts';
import { installCommand, installPackages, missingPackages, neededPackages } from './debian-packages.ts';
import { readDebianCodename } from './debian-release.ts';
import { takeLock } from './exclusive-lock.ts';
import { RELAY_SOURCE, buildImages } from './images.ts';
import { downloadKubernetesSource } from './kubernetes-source.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { Stage } from './progress.ts';
import { describeBuildNeeds, requireForBuild } from './requirements.ts';
import type { Tier } from './tier.ts';

const SCRIPT = join(import.meta.dirname, 'build-kubernetes.sh');
const IMAGE_RECIPES = [
  ...['images.ts', 'image-archive.ts'].map((name) => join(import.meta.dirname, name)),
  RELAY_SOURCE,
];
const WORK_PREFIX = 'building-';

/** The steps of a build, with how long each takes on two cores. */
export const BUILD_STAGES: readonly Stage[] = [
  { name: 'source', label: 'Downloading the source of Kubernetes', typicalMs: 8000 },
  { name: 'packages', label: "Installing Debian's packages", typicalMs: 40_000 },
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

/** What a build leaves in the cache. */
export interface Binaries {
  readonly bin: string;
  readonly images: string;
}

/** Where this version of the recipes puts its results on this kind of machine. */
function binariesOf(cacheDir: string): Binaries {
  const folder = join(cacheDir, `kubernetes-${keyOf([SCRIPT])}`);
  return { bin: join(folder, 'bin'), images: join(folder, `images-${keyOf(IMAGE_RECIPES)}`) };
}

export function areBinariesBuilt(cacheDir: string): boolean {
  return existsSync(binariesOf(cacheDir).bin);
}

function keyOf(files: readonly string[]): string {
  const hash = createHash('sha256').update(process.arch);
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Makes sure that Kubernetes is built and that what it needs of Debian is installed. A build happens in a folder beside
 * and is moved into place when it is whole, so an interrupted one is never mistaken for a finished one; of two
 * processes that want it at once, one builds and the other waits.
 *
 * @returns where they are
 * @throws Error in plain words: what is missing and what to do
 */
export async function ensureBinaries(cacheDir: string, tier: Tier, ports: BuildPorts): Promise<Binaries> {
  const binaries = binariesOf(cacheDir);
  const isDone = () => existsSync(binaries.bin) && existsSync(binaries.images);
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  if (!isDone()) await makeBinaries(cacheDir, tier, ports);
  await ensurePackages(tier, false, ports);
  return binaries;
}

/** Nothing is installed where there is no source, or no room, to build from. */
async function makeBinaries(cacheDir: string, tier: Tier, ports: BuildPorts): Promise<void> {
  const binaries = binariesOf(cacheDir);
  const release = await takeLock(join(cacheDir, 'build.lock'), {
    clock: ports.clock,
    signal: ports.signal,
    onWait: () => ports.enter('source', 'Another process is building it; waiting for that.'),
  });
  try {
    if (!existsSync(binaries.bin)) await inWorkFolder(cacheDir, ports, (work) => build(work, binaries, tier, ports));
    if (!existsSync(binaries.images))
      await inWorkFolder(cacheDir, ports, (work) => makeImages(work, binaries, tier, ports));
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

/** Works in a folder that is gone afterwards; what a killed build left goes first, since this is under the lock. */
async function inWorkFolder(cacheDir: string, ports: BuildPorts, run: (work: string) => Promise<void>): Promise<void> {
  for (const name of await readdir(cacheDir)) if (name.startsWith(WORK_PREFIX)) await removeWork(join(cacheDir, name));
  ports.signal?.throwIfAborted();
  const work = await mkdtemp(join(cacheDir, WORK_PREFIX));
  try {
    await run(work);
  } finally {
    await removeWork(work);
  }
}

async function removeWork(work: string): Promise<void> {
  // Go makes some of its folders read-only.
  await runCommand('chmod', ['-R', 'u+w', work]);
  await rm(work, { recursive: true, force: true });
}

async function build(work: string, { bin }: Binaries, tier: Tier, ports: BuildPorts): Promise<void> {
  const { log, ledger, signal } = ports;
  const cacheDir = dirname(work);
  await requireForBuild(cacheDir);
  ports.enter('source', describeBuildNeeds(cacheDir));
  const options = { signal, ledger, onLine: (line: string) => log.debug({ build: line }) };
  await downloadKubernetesSource(work, await readDebianCodename(), options);
  await ensurePackages(tier, true, ports);
  await compile(work, ports);
  await mkdir(dirname(bin), { recursive: true });
  await rename(join(work, 'bin'), bin);
}

async function makeImages(work: string, { bin, images }: Binaries, tier: Tier, ports: BuildPorts): Promise<void> {
  await ensurePackages(tier, true, ports);
  ports.enter('images');
  await buildImages(bin, join(work, 'images'));
  await rename(join(work, 'images'), images);
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
