import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { Laptop } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
const laptop = new Laptop();
const login = () =>
  laptop.curfew(['login', '--server', test.url, '--username', 'ada', '--password-stdin', '--json'], PASSWORD);

beforeAll(async () => {
  test = await startTestPortal();
  await test.administrator();
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

it('logout says as JSON where it signed out', async () => {
  expect(JSON.parse((await login()).stdout)).toMatchObject({ user: { username: 'ada' } });
  const { exit, stdout } = await laptop.curfew(['logout', '--json']);
  expect({ exit, said: JSON.parse(stdout) }).toEqual({ exit: 0, said: { server: test.url, username: 'ada' } });
});

describe('an error with --json is one object on stderr', () => {
  it.each([
    [['status'], 3, 'authentication-required'],
    [['login', '--server', 'ftp://x'], 2, 'invalid-request'],
    [['login', '--server', 'http://127.0.0.1:1', '--device'], 6, 'unavailable'],
    [['status', '--nonsense'], 2, 'invalid-request'],
    [['nonsense'], 2, 'invalid-request'],
    [['config', 'get'], 2, 'invalid-request'],
    [['serve', '--port', 'x'], 2, 'invalid-request'],
  ])('%j', async (args, exit, code) => {
    const ending = await laptop.curfew([...args, '--json']);
    expect(ending).toMatchObject({ exit, stdout: '' });
    expect(JSON.parse(ending.stderr)).toEqual({ code, message: expect.stringMatching(/./), exit });
  });
});

it('--help says what the exit codes mean', async () => {
  const { exit, stdout } = await laptop.curfew(['--help']);
  expect(exit).toBe(0);
  for (const [code, meaning] of Object.entries(EXIT_CODES)) expect(stdout).toContain(`  ${code}  ${meaning}`);
});
