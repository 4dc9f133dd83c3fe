import { globSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AcknowledgedWork } from '../support/acknowledged-work.ts';
import { until } from '../support/curfew-process.ts';
import { ask, createDatabase, dropDatabase } from '../support/postgres.ts';
import { WATCH, endOf, holdStream, insertKubernetesSession, startReplicaPair } from '../support/replica-pair.ts';
import type { ReplicaPair } from '../support/replica-pair.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';
import type { Answer } from '../support/test-portal.ts';

const ROUNDS = 3;
const GONE_MS = 30_000;
const SKEW_MS = 30_000;
const MINUTE_MS = 60_000;
/** What a request may take that gets no connection, or one whose statement is not answered (operating guide). */
const MOST_MS = 8000;

/** One replica lives through all of this; what happens, happens to others on the same database. */
describe('two replicas under load', () => {
  let url: string;
  let pair: ReplicaPair;
  let killed: { address: RegExp; at: number } | undefined;

  beforeAll(async () => {
    url = await createDatabase(inject('postgresUrl'));
    pair = await startReplicaPair(url);
  });
  afterAll(async () => {
    await pair.stop();
    await dropDatabase(url);
  });
  const listed = async (): Promise<{ address: string; isSkewed: boolean; skewMs: number }[]> =>
    (await pair.ada.get('/api/replicas')).body.items;

  it('lose nothing when one is killed with -9 in the middle of writing, and the other goes on', async () => {
    const [atVictim, atSurvivor] = [new AcknowledgedWork(), new AcknowledgedWork()];
    const surviving = atSurvivor.begin(pair.ada, 'survivor', 1);
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) pair.other = await pair.serve(url);
      const before = atVictim.counts;
      const load = atVictim.begin(pair.ada.at(pair.other.url), `round-${round}`);
      const grown = () => atVictim.counts.every((count, index) => count > (before[index] ?? 0) + 1);
      await Promise.race([until(grown, 'something of each kind'), load.over]);
      await delay(Math.random() * 200);
      pair.other.signal('SIGKILL');
      killed ??= { address: new RegExp(`:${new URL(pair.other.url).port}$`), at: Date.now() };
      await load.over;
      expect(grown()).toBe(true);
      expect(await atVictim.missingAt(pair.ada)).toEqual([]);
    }
    await surviving.stop();
    expect(atSurvivor.refusals).toEqual([]);
    expect(await atSurvivor.missingAt(pair.ada)).toEqual([]);
    expect(pair.one.stderr()).not.toMatch(/"level":(?:50|60)/);
  }, 120_000);

  it('agree about every deadline though the clock of one is 30 seconds ahead', async () => {
    pair.other = await pair.serve(url, {
      LD_PRELOAD: libfaketime(),
      FAKETIME: `+${SKEW_MS / 1000}s`,
      // As a wrong clock is: only the time of day is off.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    const token = await insertKubernetesSession(url, pair.ada, MINUTE_MS - 3000);
    await pair.ada.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '1' });
    const authorization = { authorization: `Bearer ${token}` };
    const clients = [pair.one, pair.other].map((replica) => new TestBrowser(replica.url));
    const watches = await Promise.all(clients.map((client) => holdStream(client, WATCH, authorization)));
    const told = await Promise.all(
      [pair.one, pair.other].map(async (replica) => {
        const askedAt = performance.now();
        const { body } = await pair.ada.at(replica.url).get('/api/session', { 'curfew-activity': 'none' });
        return {
          // What inactivity decides is told between replicas every few seconds; what the duration decides never moves.
          endsAt: Date.parse(body.durationEndsAt),
          now: Date.parse(body.now) - askedAt,
          took: performance.now() - askedAt,
        };
      }),
    );
    const [here, there] = told as [(typeof told)[0], (typeof told)[0]];
    expect(Math.abs(here.endsAt - there.endsAt)).toBeLessThan(50);
    expect(Math.abs(here.now - there.now)).toBeLessThan(50 + Math.max(here.took, there.took));

    const [cutHere, cutThere] = await Promise.all(watches.map(({ overAfter }) => overAfter(0)));
    expect(Math.abs((cutHere ?? 0) - (cutThere ?? Infinity))).toBeLessThan(100);
    // Access ends first, and the record follows.
    await expect.poll(() => endOf(url, token)).toEqual({ reason: 'max-duration', afterMs: MINUTE_MS });
    for (const client of clients) expect((await client.get(WATCH, authorization)).status).toBe(401);

    const skewed = (await listed()).filter(({ isSkewed }) => isSkewed);
    expect(skewed).toHaveLength(1);
    expect(Math.abs((skewed[0]?.skewMs ?? 0) - SKEW_MS)).toBeLessThan(1000);
    expect(pair.other.stderr()).toContain('"level":40');
    expect(pair.other.stderr()).toContain('the clock of this machine is off');
    expect(pair.one.stderr()).not.toContain('the clock of this machine is off');
  }, 60_000);

  it('refuse what is too much with Retry-After, and answer for sessions they know meanwhile', async () => {
    const busy = await pair.serve(url, { CURFEW_DATABASE_CONNECTIONS: '2', CURFEW_TRUSTED_PROXIES: '127.0.0.1' });
    const ada = pair.ada.at(busy.url);
    expect((await ada.get('/api/session/check')).status).toBe(204);
    const held = ask(url, 'begin; lock table audit; select pg_sleep(6); commit');
    // Where the test fails before, the database stops under it.
    held.catch(() => undefined);
    const signIns = Array.from({ length: 60 }, (_, count) => signInFrom(busy.url, `10.0.${count}.1`));
    const checks = repeat(() => ada.get('/api/session/check'), Promise.all(signIns));
    const answers = await Promise.all(signIns);
    const { statuses, slowestMs } = await checks;
    // Those that came late enough may have been let in.
    expect([201, 503]).toEqual(expect.arrayContaining(answers.map(({ status }) => status)));
    for (const { headers, body } of answers.filter(({ status }) => status !== 201)) {
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
      expect(['overloaded', 'unavailable']).toContain(body.code);
    }
    expect(answers.some(({ body }) => body.code === 'unavailable')).toBe(true);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(2 * MOST_MS);
    expect([...statuses]).toEqual([204]);
    expect(slowestMs).toBeLessThan(MOST_MS / 4);
    await held;
    expect((await signInFrom(busy.url, '10.1.0.1')).status).toBe(201);
  }, 60_000);

  it('no longer list one that was killed, half a minute after it was last seen', async () => {
    const { address: victim = /-/, at = 0 } = killed ?? {};
    const rows = await ask<{ address: string; seen_at: string }>(url, 'select address, seen_at from replicas');
    const goneAt = Number(rows.find(({ address }) => victim.test(address))?.seen_at) + GONE_MS;
    expect(goneAt).toBeLessThan(at + GONE_MS);
    await delay(Math.max(0, goneAt + 50 - Date.now()));
    const addresses = (await listed()).map(({ address }) => address);
    expect(addresses.filter((address) => victim.test(address))).toEqual([]);
    expect(addresses).not.toEqual([]);
  }, 60_000);
});

/** Debian's `faketime` lies to a process about the time of day. */
function libfaketime(): string {
  const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  if (library === undefined) throw new Error('These tests need faketime. On Debian, as root: apt-get install faketime');
  return library;
}

async function signInFrom(url: string, address: string): Promise<Answer & { tookMs: number }> {
  const askedAt = performance.now();
  const credentials = { username: 'ada', password: PASSWORD };
  const answer = await new TestBrowser(url).send('POST', '/api/session', credentials, { 'x-forwarded-for': address });
  return { ...answer, tookMs: performance.now() - askedAt };
}

/** Asks one after the other until something else is over. */
async function repeat(question: () => Promise<Answer>, meanwhile: Promise<unknown>) {
  const statuses = new Set<number>();
  let slowestMs = 0;
  const over = new AbortController();
  void meanwhile.finally(() => over.abort());
  while (!over.signal.aborted) {
    const askedAt = performance.now();
    statuses.add((await question()).status);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
    await delay(20);
  }
  return { statuses, slowestMs };
}
