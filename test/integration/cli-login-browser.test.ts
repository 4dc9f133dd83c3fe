import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { login } from '../../src/cli/login.ts';
import { SignIns } from '../../src/cli/sign-ins.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { Laptop } from '../support/curfew-command.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

const MINUTE_MS = 60_000;
let test: TestPortal;
let ada: TestBrowser;
const laptop = new Laptop();
const urlFile = join(laptop.home, 'url');

beforeAll(async () => {
  test = await startTestPortal();
  await test.administrator();
});
beforeEach(async () => {
  ada = await test.administrator();
  laptop.remove('url');
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

const decide = async (named: object, approve = true) =>
  (await ada.send('POST', '/api/login-requests/decision', { ...named, approve })).body;
const tokenOf = () => new SignIns(laptop.env).require(test.url).token;
const sessionOf = (token: string) => test.browser().get('/api/session', { authorization: `Bearer ${token}` });

/** The page that `curfew login` opens: it notes its address, and this is who sits there. */
async function openedPage(): Promise<{ request: string; state: string }> {
  const noted = () => (existsSync(urlFile) ? readFileSync(urlFile, 'utf8') : '');
  await expect.poll(noted, { timeout: 10_000 }).toMatch(/state=.{43}$/);
  const url = new URL(noted());
  expect(url.origin + url.pathname).toBe(`${test.url}/command-line/sign-in`);
  return { request: url.searchParams.get('request') ?? '', state: url.searchParams.get('state') ?? '' };
}

function browserOf(script: string): string {
  const path = laptop.write('browser', `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o700);
  return path;
}
const noting = () => browserOf(`printf %s "$1" > "${urlFile}.part" && mv "${urlFile}.part" "${urlFile}"`);
const bring = (port: number, query: Record<string, string>) =>
  fetch(`http://127.0.0.1:${port}/?${new URLSearchParams(query).toString()}`, { redirect: 'manual' });

describe('through the browser', () => {
  it('signs in whoever agrees, and the browser goes back to the portal', async () => {
    const running = laptop.curfew(['login', '--server', test.url], '', { BROWSER: noting() });
    const { request: challenge, state } = await openedPage();
    const { redirectPort, code } = await decide({ challenge });
    const answer = await bring(redirectPort, { code, state });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${test.url}/command-line/signed-in`]);
    const { exit, stdout, stderr } = await running;
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: expect.stringMatching(/^Signed in to \S+ as ada\./) });
    expect(stderr).toMatch(/^Your browser opens a page of http/);
    expect(stdout + stderr).not.toContain(tokenOf());
    expect((await sessionOf(tokenOf())).body.user.username).toBe('ada');
    await expect(bring(redirectPort, { code, state })).rejects.toThrow();
  });

  it('takes no code from anybody but the page that it opened', async () => {
    const running = laptop.curfew(['login', '--server', test.url], '', { BROWSER: noting() });
    const { request: challenge, state } = await openedPage();
    const { redirectPort, code } = await decide({ challenge });
    expect((await bring(redirectPort, { code, state: 'guessed' })).status).toBe(400);
    expect((await bring(redirectPort, { code })).status).toBe(400);
    expect(await rebound(redirectPort, `/?code=${code}&state=${state}`)).toBe(400);
    expect((await bring(redirectPort, { code, state })).status).toBe(303);
    expect((await running).exit).toBe(0);
  });

  it('says that somebody refused, and what was there stays', async () => {
    const before = tokenOf();
    const running = laptop.curfew(['login'], '', { BROWSER: noting() });
    const { request: challenge, state } = await openedPage();
    const { redirectPort } = await decide({ challenge }, false);
    expect((await bring(redirectPort, { error: 'access_denied', state })).status).toBe(200);
    expect(await running).toMatchObject({ exit: 4, stderr: expect.stringMatching(/was refused in the browser/) });
    expect(tokenOf()).toBe(before);
  });

  it('ends the session that was there; with --json all that is said is JSON', async () => {
    const before = tokenOf();
    const running = laptop.curfew(['login', '--json'], '', { BROWSER: noting() });
    const { request: challenge, state } = await openedPage();
    const { redirectPort, code } = await decide({ challenge });
    await bring(redirectPort, { code, state });
    const { exit, stdout, stderr } = await running;
    expect([exit, JSON.parse(stdout).user.username]).toEqual([0, 'ada']);
    expect(JSON.parse(stderr)).toEqual({ url: laptop.read('url') });
    expect((await sessionOf(before)).body.code).toBe('session-ended');
  });

  it('without a browser and without a terminal says what to do', async () => {
    const { exit, stderr } = await laptop.curfew(['login'], '', { BROWSER: browserOf('exit 3') });
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringMatching(/--device .*--password-stdin\.\n$/) });
  });
});

/** What a page of another name would send, whose name somebody points at this machine. */
function rebound(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: `evil.example:${port}` };
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('by a code', () => {
  const told: string[] = [];
  const around = (changes: Partial<Surroundings> = {}): Surroundings => ({
    ...{ env: {}, platform: 'linux', clock: test.clock, signIns: new SignIns(laptop.env) },
    ...{ print: () => undefined, tell: (text) => void told.push(text) },
    terminal: { isInteractive: true } as Surroundings['terminal'],
    ...changes,
  });
  const code = () => /\b[A-Z]{4}-[A-Z]{4}\b/.exec(told.join('\n'))?.[0] ?? '';
  const codeShown = async (): Promise<string> => {
    await expect.poll(code).not.toBe('');
    return code();
  };
  beforeEach(() => void told.splice(0));

  it('signs in once somebody has typed it: asked for, or where there is no browser', async () => {
    for (const [options, surroundings] of [
      [{ device: true }, { env: { DISPLAY: ':0' } }],
      [{}, {}],
      [{}, { env: { BROWSER: browserOf('exit 3') } }],
    ] as const) {
      told.splice(0);
      const running = login({ ...options, server: test.url }, around(surroundings));
      const userCode = await codeShown();
      expect(told[0]).toContain(`Open ${test.url}/device in any browser`);
      await decide({ userCode });
      await advanceUntil(running);
      expect((await sessionOf(tokenOf())).status).toBe(200);
    }
  });

  it('tells programs the code as JSON', async () => {
    const running = login({ device: true, json: true, server: test.url }, around());
    const userCode = await codeShown();
    expect(JSON.parse(told[0] ?? '')).toEqual({ url: `${test.url}/device`, userCode, expiresInSeconds: 600 });
    await decide({ userCode }, false);
    await expect(advanceUntil(running)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('gives up after ten minutes', async () => {
    const running = login({ device: true, server: test.url }, around());
    await codeShown();
    await expect(advanceUntil(running, MINUTE_MS)).rejects.toMatchObject({ code: 'login-request-over' });
  });
});

/** Moves the clock from one question to the next until it is done. */
async function advanceUntil(running: Promise<void>, stepMs = 1000): Promise<void> {
  const state = { isDone: false };
  const settled = running.finally(() => (state.isDone = true));
  settled.catch(() => undefined);
  for (let rounds = 0; !state.isDone && rounds < 100; rounds++) {
    await test.clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await settled;
}
