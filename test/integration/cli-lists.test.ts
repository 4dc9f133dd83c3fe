import { spawn } from '@lydell/node-pty';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Laptop } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
let test: TestPortal;
const laptop = new Laptop();
const curfew = (...args: string[]) => laptop.curfew(args);
const login = (username = 'ada', server = test.url) =>
  laptop.curfew(['login', '--server', server, '--username', username, '--password-stdin'], PASSWORD);

/** What a command prints with `--json`. */
async function json(...args: string[]) {
  const { exit, stdout, stderr } = await curfew(...args, '--json');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  await login();
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

/** Runs a command on a terminal, and types or does what is due once something is shown. @returns all that was shown */
async function onTerminal(
  args: readonly string[],
  due: readonly (readonly [shown: string, keys: string | (() => Promise<void>)])[],
) {
  const terminal = spawn(process.execPath, [MAIN, ...args], { env: laptop.env, cols: 200 });
  let shown = '';
  const left = [...due];
  terminal.onData((data) => {
    shown += data;
    const [next] = left;
    if (next === undefined || !shown.includes(next[0])) return;
    left.shift();
    if (typeof next[1] === 'string') terminal.write(next[1]);
    else void next[1]();
  });
  const exit = await new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  return { exit, shown };
}

describe('on a terminal', () => {
  it('login asks for the name and the password, and shows no password', async () => {
    const { exit, shown } = await onTerminal(
      ['login', '--password'],
      [
        ['Username [ada]: ', 'ada\r'],
        ['Password of ada', `${PASSWORD}x\u007f\r`],
      ],
    );
    expect(shown).toContain('Signed in to');
    expect(exit).toBe(0);
    expect(shown).not.toContain(PASSWORD.slice(0, 5));
  });

  it('login is called off with Ctrl-C', async () => {
    const asked = await onTerminal(['login', '--username', 'ada'], [['Password of ada', 'abc\u0003']]);
    expect(asked).toMatchObject({ exit: 2, shown: expect.stringContaining('Nobody gave a password.') });
  });

  it('config asks before sessions end, and does nothing when the answer is no', async () => {
    await test.clock.advance(2 * 60_000);
    const set = ['config', 'set', 'AuthorizationTokenSessionDuration', '1'];
    const { exit, shown } = await onTerminal(set, [['Go on? [y/N] ', 'n\r']]);
    expect({ exit, shown }).toMatchObject({ exit: 2, shown: expect.stringContaining('yours among them. Go on?') });
    expect((await json('config', 'get', 'AuthorizationTokenSessionDuration')).stored).toBe(false);
  });
});

it('status says who, and what ends when by which limit', async () => {
  const { body } = await test.browser().send('POST', '/api/session', { username: 'ada', password: PASSWORD });
  expect(body.user.username).toBe('ada');
  expect((await curfew('credential', '--cluster', 'nowhere')).exit).toBe(0);
  const { exit, stdout } = await curfew('status');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^ada \(Administrator\) at http/);
  expect(stdout).toMatch(/^portal +ends in 60 min \(.*\): Authorization token inactivity timeout is 60 minutes$/m);
  expect(stdout).toMatch(/^cluster nowhere +ends in 30 min \(.*\): K8s session inactivity timeout is 30 minutes$/m);
  const status = await json('status');
  expect(status).toMatchObject({ user: { username: 'ada' }, endsBy: { value: 60 } });
  expect(status.sessions.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual(['kubernetes', 'portal']);
  expect(JSON.stringify(status)).not.toContain('token"');
});

it('status --prompt is a few characters and no activity, and nothing where nobody is signed in', async () => {
  await test.clock.advance(10 * 60_000);
  expect(await curfew('status', '--prompt')).toMatchObject({ exit: 0, stdout: 'curfew:50m\n', stderr: '' });
  await test.clock.advance(10 * 60_000);
  expect(await curfew('status', '--prompt')).toMatchObject({ exit: 0, stdout: 'curfew:40m\n', stderr: '' });
  const stranger = new Laptop();
  expect(await stranger.curfew(['status', '--prompt'])).toMatchObject({ exit: 0, stdout: '', stderr: '' });
  stranger.dispose();
});

it('status --watch counts down, and says how it ended', async () => {
  await login();
  const end = async () => {
    const { items } = await json('sessions');
    const own = items.find(({ kind, current }: { kind: string; current: boolean }) => kind === 'portal' && current);
    const administrator = await test.administrator();
    expect((await administrator.send('DELETE', `/api/sessions/${own.id}`)).status).toBe(204);
  };
  const { exit, shown } = await onTerminal(['status', '--watch'], [['portal 60 min', end]]);
  expect(shown).toContain('it was ended by a person');
  expect(exit).toBe(3);
});

it('sessions lists the own ones, for administrators all, and ends one', async () => {
  await login();
  await test.user('grace');
  const names = async (...args: string[]) => {
    const { items } = await json('sessions', ...args);
    const found: string[] = items.map(({ username }: { username: string }) => username);
    return [...new Set(found)].toSorted();
  };
  expect(await names()).toEqual(['ada']);
  expect(await names('--all')).toEqual(['ada', 'grace']);
  const { items } = await json('sessions', '--all');
  const { id } = items.find(({ username }: { username: string }) => username === 'grace');
  expect((await curfew('sessions')).stdout).toMatch(/\(this sign-in\)$/m);
  expect(await curfew('sessions', 'end', id)).toMatchObject({
    exit: 0,
    stdout: `Ended ${id}, and everything under it.\n`,
  });
  expect(await names('--all')).toEqual(['ada']);
  expect((await curfew('sessions', 'end', '../users/ada')).exit).toBe(5);
});

it('clusters lists those that the caller reaches', async () => {
  expect((await curfew('clusters')).stdout).toMatch(/^nowhere +\w+ +no session/m);
  expect((await json('clusters')).items.map(({ id }: { id: string }) => id)).toEqual(['nowhere', 'elsewhere']);
});

describe('config', () => {
  it('lists, gets, sets and unsets', async () => {
    expect((await curfew('config', 'list')).stdout).toMatch(/^AppConfig +MaximumK8sSessionDuration +60 \(default\)/m);
    expect(await curfew('config', 'set', 'MaximumK8sSessionDuration', '45')).toMatchObject({
      exit: 0,
      stdout: 'MaximumK8sSessionDuration is 45.\n',
    });
    expect((await curfew('config', 'get', 'MaximumK8sSessionDuration')).stdout).toBe('45\n');
    expect((await json('config', 'list')).items).toMatchObject([{ key: 'MaximumK8sSessionDuration', value: '45' }]);
    expect((await curfew('config', 'unset', 'MaximumK8sSessionDuration')).stdout).toMatch(/ is 60 again, its default/);
    expect((await curfew('config', 'get', 'Nothing')).exit).toBe(5);
    const refused = await curfew('config', 'set', 'MaximumK8sSessionDuration', '1h');
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('takes a whole number of minutes') });
  });

  it('does the same for the limits of one cluster', async () => {
    const of = (...args: string[]) => curfew('config', ...args, '--cluster', 'nowhere');
    expect((await of('list')).stdout).toMatch(/^MaximumK8sSessionDuration +- +60 minutes, the limit of the system/m);
    expect(await of('set', 'MaximumK8sSessionDuration', '45')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining(
        'MaximumK8sSessionDuration there is 45; what holds: 45 minutes, the limit of the cluster nowhere.\n',
      ),
    });
    expect((await of('get', 'MaximumK8sSessionDuration')).stdout).toBe('45\n');
    expect((await curfew('config', 'get', 'MaximumK8sSessionDuration')).stdout).toBe('60\n');
    expect((await of('set', 'MaximumK8sSessionDuration', '90')).stdout).toContain('This has no effect');
    expect((await of('unset', 'MaximumK8sSessionDuration')).stdout).toContain('60 minutes, the limit of the system.');
    expect((await of('unset', 'MaximumK8sSessionDuration')).exit).toBe(5);
    expect((await curfew('config', 'list', '--cluster', 'made-up')).exit).toBe(5);
    expect((await of('list', '--tenant', 't')).stderr).toContain('Give --cluster or --tenant, not both.');
  });

  it('ends sessions only with a yes', async () => {
    await login();
    await test.clock.advance(2 * 60_000);
    const set = ['config', 'set', 'AuthorizationTokenSessionDuration', '1'];
    const refused = await curfew(...set);
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^This ends \d+ portal .*--yes/) });
    expect((await curfew('status')).exit).toBe(0);
    expect((await curfew(...set, '--yes')).exit).toBe(0);
    expect(await curfew('status')).toMatchObject({ exit: 3, stderr: expect.stringContaining('is 1 minute') });
  });
});
