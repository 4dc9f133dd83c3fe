import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
export const PEERS = join(ROOT, 'bench', 'peers');

/** Debian's packages, by the program that tells that each is there. */
const PROGRAMS = {
  'redis-server': '/usr/bin/redis-server',
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  wrk: '/usr/bin/wrk',
} as const;
export type DebianPackage = keyof typeof PROGRAMS;

/** Installs those that are missing, as root on Debian, after naming them. @throws Error saying what to install */
export async function needDebian(...packages: DebianPackage[]): Promise<void> {
  const missing = packages.filter((name) => !existsSync(PROGRAMS[name]));
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(`missing; as root: ${command}`);
  console.log(`Installing Debian's packages ${missing.join(', ')} …`);
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  // Without its own service: the benchmarks run their own, on ports of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const done =
    (await run('apt-get', [...options, 'update'], env)) &&
    (await run('apt-get', [...options, 'install', '--yes', '--no-install-recommends', ...missing], env));
  if (!done) throw new Error(`\`${command}\` failed`);
}

/** Installs the npm packages of the peers, exactly as their lockfile says, unless they are in place. */
export async function needPeers(): Promise<void> {
  const stamp = join(PEERS, 'node_modules', '.installed');
  const lockfile = readFileSync(join(PEERS, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  console.log('Installing the peers (npm ci in bench/peers) …');
  const PATH = [join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const args = ['ci', '--prefix', PEERS, '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'];
  if (!(await run('npm', args, { ...process.env, PATH }))) throw new Error('npm ci in bench/peers failed');
  writeFileSync(stamp, lockfile);
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
