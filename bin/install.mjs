// Installs the dependencies exactly as the lockfile says, unless they are in place already. Runs on any Node.js, since
// the Node.js that Curfew needs is one of them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stamp = join(root, 'node_modules', '.curfew-installed');
const key = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== key) {
  console.log('Installing dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--loglevel=error', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  linkNode();
  writeFileSync(stamp, key);
}

// npm 9, which Debian has, takes the link to our Node.js away together with the packages of other platforms.
function linkNode() {
  const link = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(link)) return;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = Object.keys(optionalDependencies).find((each) =>
    existsSync(join(root, 'node_modules', each, 'bin', 'node')),
  );
  if (name !== undefined) symlinkSync(join('..', name, 'bin', 'node'), link);
}
