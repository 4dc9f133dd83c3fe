import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Laptop, modeOf } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
const laptop = new Laptop();

beforeAll(async () => {
  test = await startTestPortal();
  await test.administrator();
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

const login = (server = test.url, ...more: string[]) =>
  laptop.curfew(['login', '--server', server, '--username', 'ada', '--password-stdin', ...more], `${PASSWORD}\n`);
const signInFile = () => {
  const folder = join(laptop.curfewFolder, 'sign-ins');
  const [name = ''] = readdirSync(folder);
  return join(folder, name);
};
const tokenKept = (): string => JSON.parse(readFileSync(signInFile(), 'utf8')).token;
const sessionOf = (token: string) => test.browser().get('/api/session', { authorization: `Bearer ${token}` });

it('signs in, and keeps the token for its owner alone', async () => {
  const { exit, stdout, stderr } = await login();
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^Signed in to http:\S+ as ada\. The session ends in 60 min \(.*\): Authorization token ina/);
  expect((await sessionOf(tokenKept())).status).toBe(200);
  expect(stdout).not.toContain(tokenKept());
  expect(modeOf(signInFile())).toBe('600');
  expect(modeOf(laptop.curfewFolder)).toBe('700');
  expect(modeOf(join(laptop.curfewFolder, 'sign-ins'))).toBe('700');
});

it('ends the session that was there when it signs in again', async () => {
  const before = tokenKept();
  // The server and the name of last time.
  expect((await laptop.curfew(['login', '--password-stdin', '--json'], PASSWORD)).exit).toBe(0);
  expect(tokenKept()).not.toBe(before);
  expect((await sessionOf(before)).body.code).toBe('session-ended');
  expect((await sessionOf(tokenKept())).status).toBe(200);
});

it('refuses a wrong password, and what was there stays', async () => {
  const before = tokenKept();
  const { exit, stderr } = await laptop.curfew(['login', '--password-stdin'], 'wrong');
  expect({ exit, lines: stderr.trim().split('\n').length }).toEqual({ exit: 3, lines: 1 });
  expect(tokenKept()).toBe(before);
});

it('asks for no password without a terminal', async () => {
  const { exit, stderr } = await laptop.curfew(['login']);
  expect(exit).toBe(2);
  expect(stderr).toMatch(/^There is no browser to open, and no terminal .*--password-stdin\.\n$/);
  const asked = await laptop.curfew(['login', '--password', '--username', 'ada']);
  expect(asked).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/^There is no terminal to ask for the password/),
  });
});

it.each([
  ['http://curfew.example', /^http:\/\/curfew\.example is not encrypted/],
  ['http://127.0.0.1.evil.example', /is not encrypted/],
  ['http://localhost.evil.example', /is not encrypted/],
  ['ftp://localhost', /is no address of a portal/],
  ['https://curfew.example/path', /is no address of a portal/],
  ['https://ada:secret@curfew.example', /without a username and a password/],
])('sends no password to %s', async (server, sentence) => {
  const { exit, stderr } = await login(server);
  expect(exit).toBe(2);
  expect(stderr).toMatch(sentence);
});

it('trusts a private authority only where it is named', async () => {
  const server = `https://localhost:${new URL(test.portal.tlsUrl ?? '').port}`;
  const refused = await login(server);
  expect(refused.exit).toBe(6);
  expect(refused.stderr).toMatch(/shows a certificate of an authority that is not known\..*--ca-file/);
  const ca = join(test.dataDir, 'data', 'tls', 'ca.pem');
  expect((await login(server, '--ca-file', laptop.write('no.pem', 'no'))).exit).toBe(2);
  expect((await login(server, '--ca-file', ca)).exit).toBe(0);
  // It is kept with the sign-in.
  expect((await laptop.curfew(['status', '--json'])).exit).toBe(0);
  expect((await laptop.curfew(['logout'])).exit).toBe(0);
});

it('says who answers in place of a portal', async () => {
  const other = createServer((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end('<html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  expect(await login(`http://127.0.0.1:${port}`)).toMatchObject({
    exit: 6,
    stderr: expect.stringMatching(/answered 302/),
  });
  await new Promise((resolve) => other.close(resolve));
  expect(await login(`http://127.0.0.1:${port}`)).toMatchObject({
    exit: 6,
    stderr: expect.stringMatching(/cannot be reached: .*REFUSED/),
  });
});

it('signs out on the server and here', async () => {
  expect((await login()).exit).toBe(0);
  const token = tokenKept();
  expect((await laptop.curfew(['logout'])).exit).toBe(0);
  expect((await sessionOf(token)).body).toMatchObject({ code: 'session-ended', endReason: 'signed-out' });
  expect(readdirSync(join(laptop.curfewFolder, 'sign-ins'))).toEqual([]);
  expect(await laptop.curfew(['status'])).toMatchObject({
    exit: 3,
    stderr: expect.stringMatching(/^You are not signed in.*curfew login/),
  });
});
