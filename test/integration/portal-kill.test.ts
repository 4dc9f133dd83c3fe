import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CurfewHouse, until } from '../support/curfew-process.ts';
import type { ServingCurfew } from '../support/curfew-process.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

const ROUNDS = 6;
const house = new CurfewHouse();

/** What the portal has acknowledged, in all rounds. */
const live = new Set<string>();
const ended = new Set<string>();
const settings = new Map<string, string>();

/** Does something again and again, until the portal is gone. */
async function loop(step: (count: number) => Promise<void>): Promise<void> {
  try {
    for (let count = 0; ; count++) await step(count);
  } catch (error) {
    // The connection of somebody who was killed; an answer that is not the expected one is the test's failure.
    if (!(error instanceof TypeError)) throw error;
  }
}

async function signInAndSometimesOut(url: string, count: number): Promise<void> {
  const browser = new TestBrowser(url);
  await browser.signIn('ada');
  const cookie = browser.cookieHeader;
  live.add(cookie);
  if (count % 2 === 0) return;
  // From here on it may have ended, and must have once that is acknowledged.
  live.delete(cookie);
  expect(await browser.send('DELETE', '/api/session')).toMatchObject({ status: 204 });
  ended.add(cookie);
}

async function set(browser: TestBrowser, key: string, value: string): Promise<void> {
  const answer = await browser.send('PUT', `/api/system-config/${key}`, { type: 'Flags', value });
  expect(answer.status).toBe(200);
  settings.set(key, value);
}

/** @returns what was acknowledged in this round */
async function loadAndKill(portal: ServingCurfew, administrator: TestBrowser, round: number): Promise<number> {
  const before = [live.size, ended.size, settings.size] as const;
  const { url } = portal;
  const load = [
    ...[0, 1, 2].map((offset) => loop((count) => signInAndSometimesOut(url, count + offset))),
    loop((count) => set(administrator, `round-${round}-${count}`, String(count))),
    loop((count) => set(administrator, 'the-same', `${round}.${count}`)),
  ];
  const grown = () => [live.size, ended.size, settings.size].every((size, index) => size > (before[index] ?? 0) + 1);
  await Promise.race([until(grown, 'something of each kind'), Promise.all(load)]);
  await delay(Math.random() * 200);
  portal.signal('SIGKILL');
  await Promise.all(load);
  expect(await portal.ended).toMatchObject({ signal: 'SIGKILL' });
  expect(house.processes()).toEqual([]);
  return live.size + ended.size + settings.size - before.reduce((sum, size) => sum + size, 0);
}

it(`keeps all that it acknowledged, killed with -9 ${ROUNDS} times under load`, { timeout: 240_000 }, async () => {
  let portal = await house.serve();
  const cookies = new TestBrowser(portal.url);
  const setup = { token: portal.setupToken, username: 'ada', password: PASSWORD };
  expect(await cookies.send('POST', '/api/setup', setup)).toMatchObject({ status: 201 });

  for (let round = 0; round < ROUNDS; round++) {
    const administrator = new TestBrowser(portal.url);
    for (const [name, value] of cookies.cookies) administrator.cookies.set(name, value);
    expect(await loadAndKill(portal, administrator, round)).toBeGreaterThan(5);
    portal = await house.serve();
    expect(portal.setupToken).toBeNull();
    await verify(portal.url, cookies.cookieHeader);
  }
  expect(portal.stderr()).not.toMatch(/"level":(?:50|60)/);
});

async function verify(url: string, administrator: string): Promise<void> {
  const get = (path: string, cookie: string) => fetch(url + path, { headers: { cookie, 'curfew-request': '1' } });
  const lost: string[] = [];
  for (const cookie of live) {
    const { status } = await get('/api/session/check', cookie);
    if (status !== 204) lost.push(`a sign-in: ${status}`);
  }
  for (const cookie of ended) {
    const answer = await get('/api/session/check', cookie);
    const { endReason } = (await answer.json()) as { endReason?: string };
    if (answer.status !== 401 || endReason !== 'signed-out') lost.push(`a sign-out: ${answer.status} ${endReason}`);
  }
  const stored = await storedSettings((path) => get(path, administrator));
  for (const [key, value] of settings) {
    // What was on its way when it was killed may stand in its place.
    const isThere = key === 'the-same' ? isThatOrNext(stored.get(key), value) : stored.get(key) === value;
    if (!isThere) lost.push(`the setting ${key}: ${stored.get(key)}, not ${value}`);
  }
  expect(lost).toEqual([]);
}

async function storedSettings(get: (path: string) => Promise<Response>): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for (let page = 1, total = 1; stored.size < total; page++) {
    const answer = await get(`/api/system-config?pageSize=200&page=${page}`);
    const list = (await answer.json()) as { items: { key: string; value: string }[]; total: number };
    if (list.items.length === 0) break;
    for (const { key, value } of list.items) stored.set(key, value);
    total = list.total;
  }
  return stored;
}

function isThatOrNext(stored: string | undefined, acknowledged: string): boolean {
  const [round, count] = (stored ?? '-1.0').split('.').map(Number);
  const [least, leastCount] = acknowledged.split('.').map(Number);
  return round === least && (count === leastCount || count === (leastCount ?? 0) + 1);
}
