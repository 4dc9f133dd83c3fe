import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Laptop } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
let test: TestPortal;
const laptop = new Laptop();

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  await laptop.curfew(['login', '--server', test.url, '--username', 'ada', '--password-stdin'], PASSWORD);
  mkdirSync(join(laptop.home, 'bin'));
  chmodSync(laptop.write('bin/curfew', `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`), 0o700);
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

/** What bash would offer for a line, its last word being completed. */
async function offered(line: string): Promise<string[]> {
  const script = `
    eval "$(curfew completion bash)"
    COMP_WORDS=(${line.endsWith(' ') ? `${line} ''` : line}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _curfew; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...laptop.env, PATH: `${join(laptop.home, 'bin')}:${laptop.env['PATH'] ?? ''}` };
  const { stdout } = await run('bash', ['--norc', '-c', script], { env });
  return stdout.split('\n').filter((word) => word !== '');
}

it.each([
  ['curfew st', ['status']],
  ['curfew log', ['login', 'logout']],
  ['curfew config ', ['list', 'get', 'set', 'unset', 'help']],
  ['curfew config set Maximum', ['MaximumK8sSessionDuration']],
  ['curfew config get --json K8s', ['K8sSessionInactivityTimeout']],
  ['curfew credential --cl', ['--cluster']],
  ['curfew credential --cluster ', ['nowhere', 'elsewhere']],
  ['curfew credential --cluster no', ['nowhere']],
  ['curfew status --pr', ['--prompt']],
  ['curfew completion ', ['bash', 'zsh', 'fish']],
  ['curfew sessions e', ['end']],
])('bash completes %j', async (line, words) => {
  expect(await offered(line)).toEqual(words);
});

it('bash completes the portals that somebody is signed in to, and the ids of sessions', async () => {
  expect(await offered('curfew status --server ')).toEqual([test.url]);
  expect(await offered('curfew sessions end ')).toContainEqual(expect.stringMatching(/^ps_/));
});

it('offers nothing where only a portal could tell, and it does not answer; and hides what is not for people', async () => {
  const stranger = new Laptop();
  const asked = await stranger.curfew(['complete-words', '--', 'credential', '--cluster', '']);
  expect(asked).toMatchObject({ exit: 0, stdout: '', stderr: '' });
  expect((await stranger.curfew(['complete-words', '--', 'comp'])).stdout).toBe('completion\n');
  stranger.dispose();
});

it('says which shells there are', async () => {
  expect(await laptop.curfew(['completion', 'tcsh'])).toMatchObject({
    exit: 2,
    stderr: 'There is no completion for tcsh, but for bash, zsh, fish.\n',
  });
});
