import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CurfewHouse, until } from '../support/curfew-process.ts';
import type { ServingCurfew } from '../support/curfew-process.ts';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';
import { openTestShell } from '../support/test-shell.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const DRAIN_SECONDS = 3;

/** Two replicas as processes of their own, behind no load balancer: the test decides who is asked. */
describe('a rolling restart', () => {
  const houses = [new CurfewHouse(), new CurfewHouse()];
  let database: string;
  let one: ServingCurfew;
  let other: ServingCurfew;
  let ada: TestBrowser;

  beforeAll(async () => {
    database = await createDatabase(inject('postgresUrl'));
    [one, other] = (await Promise.all(houses.map(serve))) as [ServingCurfew, ServingCurfew];
    ada = new TestBrowser(one.url);
    const body = { token: one.setupToken, username: 'ada', password: PASSWORD };
    expect(await ada.send('POST', '/api/setup', body)).toMatchObject({ status: 201 });
  });
  afterAll(async () => {
    other.signal('SIGINT');
    await other.ended;
    await dropDatabase(database);
  });

  async function serve(house: CurfewHouse): Promise<ServingCurfew> {
    const key = `${houses[0]?.folder}/secret.key`;
    const kubeconfig = unreachableKubeconfig();
    const options = ['--database', database, '--secret-key-file', key, '--kubeconfig', kubeconfig];
    return house.serve(...options, '--drain-seconds', String(DRAIN_SECONDS));
  }

  /** The browser, as a load balancer sends it to a replica. */
  const at = (replica: ServingCurfew): TestBrowser => ada.at(replica.url);

  /** Asks again and again, reads and writes in turn, and notes what was answered and which writes were acknowledged. */
  function load(replica: ServingCurfew) {
    const answers = new Map<string, number>();
    const browser = at(replica);
    const stopped = new AbortController();
    const written = new Map<string, string>();
    const loops = Array.from({ length: 4 }, async (_, index) => {
      const key = `Load-${new URL(replica.url).port}-${index}`;
      for (let turn = 0; !stopped.signal.aborted; turn++) {
        const write = turn % 4 === 0 ? { type: 'Other', value: String(turn) } : null;
        const path = turn % 2 === 0 ? '/api/session' : '/api/session/check';
        const asked = write === null ? browser.get(path) : browser.send('PUT', `/api/system-config/${key}`, write);
        const answer = await asked.then(({ status }) => String(status), causeOf);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        if (answer === '200' && write !== null) written.set(key, write.value);
        if (answer === 'ECONNREFUSED') await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    return {
      answers,
      written,
      async stop() {
        stopped.abort();
        await Promise.all(loops);
      },
    };
  }

  it('fails no request but on the one that stops, signs nobody out, and tells terminals and pages', async () => {
    const terminal = await openTestShell(at(one));
    const events = await fetch(`${one.url}/api/session/events`, {
      headers: { cookie: ada.cookieHeader, 'sec-fetch-site': 'same-origin', origin: one.url },
    });
    const told = events.text();
    const [stopping, staying] = [load(one), load(other)];
    await new Promise((resolve) => setTimeout(resolve, 500));
    one.signal('SIGTERM');
    await until(() => terminal.messages.some(({ type }) => type === 'stopping'), 'the terminal is told', 1000);

    expect(await told).toContain('retry: ');
    expect(await told).not.toContain('event: ended');
    expect((await fetch(`${one.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200);
    const shell = await at(one).send('POST', '/api/shells', { cluster: 'nowhere' });
    expect(shell).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(shell.headers.get('retry-after')).toBe('1');
    const watch = await at(one).get('/k8s/clusters/nowhere/api/v1/pods?watch=true');
    expect(watch).toMatchObject({ status: 503, body: { kind: 'Status', reason: 'ServiceUnavailable' } });
    expect(watch.headers.get('retry-after')).toBe('1');
    expect(await openTestShell(at(other))).toBeDefined();

    const ending = await one.ended;
    expect(ending).toMatchObject({ exit: 0, signal: null });
    expect(ending.stderr).not.toMatch(/"level":(?:50|60)/);
    await terminal.closed;
    expect(terminal.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'shutdown' });
    await Promise.all([stopping.stop(), staying.stop()]);
    expect([...staying.answers.keys()].toSorted()).toEqual(['200', '204']);
    // Load balancers send nothing here any more. A connection that closes with a request on its way gives no answer.
    const closed = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
    const answers = [...stopping.answers.keys()].filter((each) => !closed.includes(each));
    expect(answers.filter((each) => !['200', '204', '503'].includes(each))).toEqual([]);
    const { body: config } = await at(other).get('/api/system-config');
    const stored = new Map(config.items.map(({ key, value }: { key: string; value: string }) => [key, value]));
    // A write whose answer was lost with its connection may be there as well, after the last that was acknowledged.
    for (const [key, value] of [...stopping.written, ...staying.written]) {
      expect(Number(stored.get(key))).toBeGreaterThanOrEqual(Number(value));
    }
    expect(await at(other).get('/api/session')).toMatchObject({ status: 200, body: { user: { username: 'ada' } } });
  });

  it('stops at once by a second signal', async () => {
    const [first] = houses as [CurfewHouse];
    one = await serve(first);
    await openTestShell(at(one));
    one.signal('SIGTERM');
    await until(() => one.stdout().includes('may go on'), 'the first signal');
    const before = performance.now();
    one.signal('SIGINT');
    expect(await one.ended).toMatchObject({ exit: 130 });
    expect(performance.now() - before).toBeLessThan(DRAIN_SECONDS * 1000);
  });
});

/** Why there was no answer: the code of the network's error. */
function causeOf(error: Error): string {
  return (error.cause as NodeJS.ErrnoException | undefined)?.code ?? String(error);
}
