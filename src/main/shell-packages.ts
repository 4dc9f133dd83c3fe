import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

/** What the kubectl shell needs of Debian, and the program that tells that a package is there. */
const NEEDED = [
  { name: 'bubblewrap', program: '/usr/bin/bwrap' },
  { name: 'socat', program: '/usr/bin/socat' },
];

/**
 * Installs what the kubectl shell needs, as root on Debian, after naming it. Where that is not possible nothing
 * happens: the shell is off then, and the Clusters page says what is missing.
 */
export async function installShellPackages(print: (line: string) => void): Promise<void> {
  const missing = NEEDED.filter(({ program }) => !existsSync(program)).map(({ name }) => name);
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  print(`kubectl shell: installing Debian's packages ${missing.join(', ')} …`);
  const installed =
    (await aptGet('update')) && (await aptGet('install', '--yes', '--no-install-recommends', ...missing));
  if (!installed) print(`kubectl shell: they could not be installed; try apt-get install ${missing.join(' ')}`);
}

async function aptGet(...args: string[]): Promise<boolean> {
  const child = spawn('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
