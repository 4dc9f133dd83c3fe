import { existsSync } from 'node:fs';
import { kubectlInPath } from './kubectls.ts';

/** Debian's packages that `npm test` needs, and what tells that each is there. The local cluster installs its own. */
export const NEEDED = [
  { name: 'gcc', path: '/usr/bin/gcc' },
  { name: 'libc6-dev', path: '/usr/include/stdio.h' },
  { name: 'bubblewrap', path: '/usr/bin/bwrap' },
  { name: 'socat', path: '/usr/bin/socat' },
  { name: 'postgresql', path: '/usr/lib/postgresql' },
  { name: 'faketime', path: '/usr/bin/faketime' },
  { name: 'haproxy', path: '/usr/sbin/haproxy' },
  { name: 'nginx', path: '/usr/sbin/nginx' },
  { name: 'python3-kubernetes', path: '/usr/lib/python3/dist-packages/kubernetes' },
  { name: 'chromium', path: '/usr/bin/chromium' },
  { name: 'fonts-liberation', path: '/usr/share/fonts/truetype/liberation' },
  // Wherever it comes from: most have a newer one than Debian's.
  { name: 'kubernetes-client', path: kubectlInPath() ?? '/usr/bin/kubectl' },
];
const WITHOUT = '`npm run check` (formatting, types, lint, unit tests) runs as anybody, on any system.';

export interface Machine {
  readonly platform: string;
  readonly isRoot: boolean;
  readonly hasApt: boolean;
  readonly missing: readonly string[];
}

export function lookAtMachine(): Machine {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync('/usr/bin/apt-get'),
    missing: NEEDED.filter(({ path }) => !existsSync(path)).map(({ name }) => name),
  };
}

/** What keeps `npm test` from running here, in words; null where nothing does that it could not install by itself. */
export function findTestObstacle({ platform, isRoot, hasApt, missing }: Machine): string | null {
  if (platform !== 'linux') return `it needs Linux, and this is ${platform}. ${WITHOUT}`;
  if (!isRoot) {
    return `it needs root: it runs a real Kubernetes node, mounts small disks, and lends each shell a uid. ${WITHOUT}`;
  }
  if (missing.length === 0 || hasApt) return null;
  return `these are missing, and there is no apt-get to install them: ${missing.join(', ')}. ${WITHOUT}`;
}
