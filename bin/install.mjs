// Installs the dependencies exactly as the lockfile says, unless they are in place already. Runs on any Node.js, since
// the Node.js that Curfew needs is one of them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stamp = join(root, 'node_modules', '.curfew-installed');
const node = join(root, 'node_modules', '.bin', 'node');
const key = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== key) {
  console.log('Installing dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--loglevel=error', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      NODE_OPTIONS: `--require ${JSON.stringify(join(root, 'bin', 'as-our-node.cjs'))}`,
    },
  });
  if (status !== 0) process.exit(status ?? 1);
  linkNode();
  makeNodeRun();
  writeFileSync(stamp, key);
}

// npm 9, which Debian has, takes the link to our Node.js away together with the packages of other platforms.
function linkNode() {
  if (existsSync(node)) return;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = Object.keys(optionalDependencies).find((each) =>
    existsSync(join(root, 'node_modules', each, 'bin', 'node')),
  );
  if (name !== undefined) symlinkSync(join('..', name, 'bin', 'node'), node);
}

// Our Node.js needs one library that a small Debian lacks.
function makeNodeRun() {
  const { stderr, error } = tryNode();
  if (error !== undefined) fail(`There is no Node.js 26 for ${process.platform} on ${process.arch}.`);
  if (!stderr.includes('libatomic.so.1')) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', 'libatomic1'];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    fail(`Node.js 26 needs the library libatomic. Install it first, on Debian with: ${install.join(' ')}`);
  }
  console.log("Node.js 26 needs a library: installing Debian's package libatomic1 …");
  for (const [command, ...args] of [['apt-get', 'update'], install]) {
    const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync(command, [...options, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  const again = tryNode();
  if (again.status !== 0) fail(`Node.js 26 does not start: ${again.stderr.trim()}`);
}

function tryNode() {
  return spawnSync(node, ['--version'], { encoding: 'utf8' });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
