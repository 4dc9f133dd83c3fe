import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AcknowledgedWork } from '../support/acknowledged-work.ts';
import { createBrokenNetwork } from '../support/broken-network.ts';
import type { BrokenNetwork } from '../support/broken-network.ts';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import {
  EVENTS,
  WATCH,
  endOf,
  holdStream,
  insertKubernetesSession,
  startReplicaPair,
} from '../support/replica-pair.ts';
import type { ReplicaPair } from '../support/replica-pair.ts';
import { soon } from '../support/soon.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

const BOUND_MS = 5000;
const SILENT_MS = 8000;
/** The database is asked every second, and given up after two. */
const NOTICED_MS = 3000;
const ASKED_MS = 1000;
/** What a busy machine adds. */
const SLACK_MS = 1500;
/** What a request may take that gets no connection, or one whose statement is not answered (operating guide). */
const MOST_MS = 8000;
/** What a replica takes to come back: it may have begun to connect just before. */
const BACK_MS = 10_000;
const MINUTE_MS = 60_000;

/** Two replicas; between the second one and the database stands a network that breaks. */
describe('the network to the database', () => {
  let url: string;
  let network: BrokenNetwork;
  let pair: ReplicaPair;
  let ada: TestBrowser;

  beforeAll(async () => {
    url = await createDatabase(inject('postgresUrl'));
    network = await createBrokenNetwork(Number(new URL(url).port));
    const otherUrl = Object.assign(new URL(url), { port: String(network.port) }).href;
    const flags = ['--database-silence-seconds', String(BOUND_MS / 1000)];
    pair = await startReplicaPair(url, { otherUrl, flags });
    ada = pair.ada.at(pair.other.url);
    const users = ['bob', 'eve', 'kim'].map((username) => ({ username, password: PASSWORD, role: 'Administrator' }));
    for (const user of users) expect((await pair.ada.send('POST', '/api/users', user)).status).toBe(201);
  });
  afterAll(async () => {
    await pair.stop();
    await network.close();
    await dropDatabase(url);
  });

  const signedIn = async (username: string): Promise<TestBrowser> => {
    const browser = new TestBrowser(pair.other.url);
    await browser.signIn(username);
    return browser;
  };
  const endedElsewhere = async (username: string): Promise<number> => {
    expect((await pair.ada.send('PATCH', `/api/users/${username}`, { disabled: true })).status).toBe(200);
    return performance.now();
  };
  const isCurrent = async () =>
    /^curfew_replica_current 1$/m.test(await (await fetch(`${pair.other.url}/metrics`)).text());
  const current = () => soon(isCurrent, Boolean, BACK_MS);

  /** Asks as somebody again and again, and notes when what was answered. */
  function watchOver(browser: TestBrowser) {
    const stopped = new AbortController();
    const answers: { askedAt: number; status: number; tookMs: number; retryAfter: string | null }[] = [];
    const asking = (async () => {
      while (!stopped.signal.aborted) {
        const askedAt = performance.now();
        const { status, headers } = await browser.get('/api/session/check');
        answers.push({ askedAt, status, tookMs: performance.now() - askedAt, retryAfter: headers.get('retry-after') });
        await delay(20);
      }
    })();
    return {
      async stop() {
        stopped.abort();
        await asking;
        return answers;
      },
    };
  }

  it('cut for two seconds: 503 meanwhile, streams go on, and ends elsewhere act afterwards', async () => {
    const bob = await signedIn('bob');
    const streams = await Promise.all([EVENTS, WATCH].map((path) => holdStream(ada, path)));
    const work = new AcknowledgedWork();
    const loads = [pair.ada, ada].map((browser, index) => work.begin(browser, `cut-${index}`, 1));
    const asking = watchOver(bob);
    network.cut();
    await delay(1000);
    const endedAt = await endedElsewhere('bob');
    await delay(1000);
    network.work();
    await current();
    const answers = await asking.stop();
    expect(answers.filter(({ askedAt, status }) => askedAt > endedAt && status === 204)).toEqual([]);
    expect(answers.some(({ status, retryAfter }) => status === 503 && retryAfter === '2')).toBe(true);
    expect((await bob.get('/api/session/check')).body).toMatchObject({ endReason: 'user-disabled' });
    await Promise.all(loads.map(({ stop }) => stop()));
    for (const browser of [pair.ada, ada]) expect(await work.missingAt(browser)).toEqual([]);
    expect(work.slowestMs).toBeLessThan(MOST_MS + SLACK_MS);
    expect(streams.map(({ isOpen }) => isOpen())).toEqual([true, true]);
  }, 60_000);

  it('silent: no pass once that is noticed, no hang, streams end at the bound, and all is current afterwards', async () => {
    const eve = await signedIn('eve');
    const streams = await Promise.all([holdStream(ada, EVENTS), holdStream(ada, WATCH), holdStream(eve, EVENTS)]);
    const work = new AcknowledgedWork();
    const loads = [pair.ada, ada].map((browser, index) => work.begin(browser, `silent-${index}`, 1));
    const asking = watchOver(eve);
    await delay(500);
    network.blackhole();
    const silentAt = performance.now();
    await endedElsewhere('eve');
    for (const { overAfter } of streams) {
      const after = await overAfter(silentAt);
      expect(after).toBeGreaterThan(BOUND_MS - ASKED_MS - 500);
      expect(after).toBeLessThan(BOUND_MS + SLACK_MS);
    }
    await delay(Math.max(0, silentAt + SILENT_MS - performance.now()));
    network.work();
    await current();
    const answers = await asking.stop();
    const noticedAt = silentAt + NOTICED_MS + SLACK_MS / 2;
    expect(answers.filter(({ askedAt, status }) => askedAt > noticedAt && status === 204)).toEqual([]);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(MOST_MS + SLACK_MS);
    expect((await eve.get('/api/session/check')).body).toMatchObject({ endReason: 'user-disabled' });
    expect((await ada.get('/api/session/check')).status).toBe(204);
    await Promise.all(loads.map(({ stop }) => stop()));
    for (const browser of [pair.ada, ada]) expect(await work.missingAt(browser)).toEqual([]);
    expect(work.slowestMs).toBeLessThan(MOST_MS + SLACK_MS);
    expect((await holdStream(ada, WATCH)).isOpen()).toBe(true);
  }, 120_000);

  it('slow: everything works, nothing is lost, and deadlines are exact all the same', async () => {
    await pair.ada.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '1' });
    const kim = await signedIn('kim');
    const logged = pair.other.stderr().length;
    const eachWayMs = 250;
    network.work(eachWayMs);
    const events = await holdStream(kim, EVENTS);
    const signingIn = new TestBrowser(pair.other.url).signIn('ada');
    const dueAt = performance.now() + 5000;
    const token = await insertKubernetesSession(url, kim, MINUTE_MS - 5000);
    const due = await holdStream(new TestBrowser(pair.other.url), WATCH, { authorization: `Bearer ${token}` });
    const lateness = await due.overAfter(dueAt);
    expect(lateness).toBeGreaterThan(-20);
    // By its own timer, whatever the network does; a busy machine may be late.
    expect(lateness).toBeLessThan(1000);
    await soon(
      () => endOf(url, token),
      ({ reason }) => reason === 'max-duration',
      5000,
    );
    expect(await endOf(url, token)).toEqual({ reason: 'max-duration', afterMs: MINUTE_MS });
    expect((await signingIn).status).toBe(201);
    const endedAt = await endedElsewhere('kim');
    // It is told once, and its row is read: one way, and then there and back; after a reading that is under way.
    expect(await events.overAfter(endedAt)).toBeLessThan(5 * eachWayMs + 50 + 1000);
    expect(await isCurrent()).toBe(true);
    expect(pair.other.stderr().slice(logged)).not.toContain('lost the database');
  }, 60_000);

  it('so slow that an answer takes a second: a replica that lost it comes back', async () => {
    network.cut();
    await soon(isCurrent, (yes) => !yes, NOTICED_MS);
    network.work(500);
    await soon(isCurrent, Boolean, 15_000);
    expect((await ada.get('/api/session/check')).status).toBe(204);
  }, 60_000);
});
