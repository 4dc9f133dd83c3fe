import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { connect as connectTls, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { choosePort } from '../../src/system/free-port.ts';
import { TERMINAL_CLOSE } from '../../src/wire/shell.ts';
import { until } from '../support/curfew-process.ts';
import { startBalancer } from '../support/load-balancer.ts';
import type { LoadBalancer } from '../support/load-balancer.ts';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import { EVENTS, WATCH, insertKubernetesSession, startReplicaPair } from '../support/replica-pair.ts';
import type { ReplicaPair } from '../support/replica-pair.ts';
import { soon } from '../support/soon.ts';
import { TestBrowser } from '../support/test-portal.ts';
import { openTestShell } from '../support/test-shell.ts';

/** As many requests as reach both, one after the other. */
const SEVERAL = 4;
const EXEC = '/k8s/clusters/recording/api/v1/namespaces/shop/pods/till/exec?command=sh&stdout=true';

describe.each(['haproxy', 'nginx'] as const)('two replicas behind %s, as deploy configures it', (kind) => {
  let database: string;
  let pair: ReplicaPair;
  let balancer: LoadBalancer;
  let ada: TestBrowser;
  const authorities = getCACertificates('default');

  beforeAll(async () => {
    database = await createDatabase(inject('postgresUrl'));
    const port = await choosePort(0, '127.0.0.1');
    const url = `https://127.0.0.1:${port}`;
    pair = await startReplicaPair(database, { flags: ['--public-url', url, '--trusted-proxies', '127.0.0.1'] });
    balancer = await startBalancer(kind, { port, portals: { a: pair.one.url, b: pair.other.url } });
    setDefaultCACertificates([...authorities, balancer.caPem]);
    ada = new TestBrowser(url);
    await ada.signIn('ada');
  });
  afterAll(async () => {
    setDefaultCACertificates(authorities);
    await balancer.stop();
    await pair.stop();
    await dropDatabase(database);
  });

  /** A gauge of each of the two, asked directly. */
  function gauges(name: string): Promise<number[]> {
    const read = async (url: string): Promise<number> => {
      const line = (await (await fetch(`${url}/metrics`)).text()).split('\n').find((each) => each.startsWith(name));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    return Promise.all([pair.one, pair.other].map(({ url }) => read(url)));
  }

  /** Watches of one client: over one connection where there is HTTP/2. @returns what lets go of them all */
  async function openWatches(count: number): Promise<() => void> {
    const headers = {
      origin: ada.url,
      'sec-fetch-site': 'same-origin',
      'curfew-request': '1',
      cookie: ada.cookieHeader,
    };
    const gone = new AbortController();
    const client = kind === 'haproxy' ? connectHttp2(ada.url, { ca: balancer.caPem }) : null;
    // Kept: an answer that nobody holds any more is let go of with the next collection of garbage.
    const answers: Response[] = [];
    for (let opened = 0; opened < count; opened++) {
      if (client === null) answers.push(await fetch(ada.url + WATCH, { headers, signal: gone.signal }));
      else
        expect((await once(client.request({ ':path': WATCH, ...headers }), 'response'))[0]).toMatchObject({
          ':status': 200,
        });
    }
    return () => {
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      if (client === null) gone.abort();
      else client.destroy();
    };
  }

  it('signs in, and requests reach both', async () => {
    for (let count = 0; count < SEVERAL; count++) expect((await ada.get('/api/session')).status).toBe(200);
    expect(Math.min(...(await gauges('curfew_sessions{kind="portal"}')))).toBeGreaterThan(0);
    const offered = connectTls({
      port: Number(new URL(ada.url).port),
      ca: balancer.caPem,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await once(offered, 'secureConnect');
    expect(offered.alpnProtocol).toBe(kind === 'haproxy' ? 'h2' : 'http/1.1');
    offered.destroy();
  });

  it('believes no address that a client claims, and shows no metrics', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=203.0.113.9',
    };
    const eve = new TestBrowser(ada.url);
    await eve.send('POST', '/api/session', { username: 'ada', password: 'a wrong guess' }, forged);
    const { items } = (await ada.get('/api/audit')).body;
    const addresses = items.map(({ address }: { address: string | null }) => address);
    expect(new Set(addresses.filter((each: string | null) => each !== null))).toEqual(new Set(['127.0.0.1']));
    for (const path of ['/metrics', '/%6detrics', '/metrics?a', '//metrics'])
      expect(await (await ada.fetch('GET', path)).text()).not.toContain('curfew_');
    expect((await ada.get('/metrics')).status).toBe(404);
  });

  it('brings every terminal to the replica that has its shell', async () => {
    const shells = [];
    for (let count = 0; count < SEVERAL; count++) shells.push(await openTestShell(ada, 'recording'));
    expect(new Set(shells.map(({ id }) => id.split('_')[0]))).toEqual(new Set(['sh-a', 'sh-b']));
    for (const { id, type, output } of shells) {
      type('echo $((6 * 7))\n');
      await until(() => output().includes('42'), 'the shell works');
      for (let count = 0; count < 2; count++) expect((await ada.get(`/api/shells/${id}`)).body.id).toBe(id);
    }
    for (const { id, closed } of shells) {
      expect((await ada.send('DELETE', `/api/shells/${id}`)).status).toBe(204);
      expect(await closed).toBe(TERMINAL_CLOSE.ended);
    }
  });

  it('brings watches where fewer are, and ends those of a client that goes away', async () => {
    const leave = await openWatches(2 * SEVERAL);
    const isShared = (counts: number[]): boolean => counts.every((count) => count === SEVERAL);
    const shared = await soon(() => gauges('curfew_streams{kind="watch"}'), isShared, 5000);
    expect(shared).toEqual([SEVERAL, SEVERAL]);
    leave();
    const isOver = (counts: number[]): boolean => counts.every((count) => count === 0);
    await soon(() => gauges('curfew_streams{kind="watch"}'), isOver, 5000);
  });

  it('passes upgrades of both kinds, and a body before it is complete', async () => {
    const authorization = `Bearer ${await insertKubernetesSession(database, pair.ada, 0)}`;
    const ask = (path: string, options: RequestOptions) =>
      request(ada.url + path, { ca: balancer.caPem, method: 'POST', ...options });
    const websocket = { 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const kinds = [
      { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
      { upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io', ...websocket },
    ];
    for (const headers of kinds) {
      const asked = ask(EXEC, {
        method: headers.upgrade === 'websocket' ? 'GET' : 'POST',
        headers: { ...headers, authorization, connection: 'Upgrade' },
      });
      asked.end();
      const [answer, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket];
      expect(answer.headers.upgrade).toBe(headers.upgrade);
      socket.destroy();
    }
    const headers = { authorization, 'content-type': 'application/json' };
    const upload = ask('/k8s/clusters/recording/api/v1/namespaces/shop/configmaps', { headers });
    upload.on('error', () => undefined).write('{');
    const isUnderWay = (counts: number[]): boolean => counts.some((count) => count === 1);
    await soon(() => gauges('curfew_streams{kind="request"}'), isUnderWay, 2000);
    upload.destroy();
  });

  it('tells a page of the end at once, which is an end on both', async () => {
    const leaving = new TestBrowser(ada.url);
    await leaving.signIn('ada');
    const copy = leaving.at(ada.url);
    const reader = (await leaving.fetch('GET', EVENTS)).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('event: session');
    expect((await leaving.send('DELETE', '/api/session')).status).toBe(204);
    expect((await reader?.read())?.value).toContain('event: ended');
    for (const url of [pair.one.url, pair.other.url, ada.url])
      expect((await copy.at(url).get('/api/session')).body).toMatchObject({ endReason: 'signed-out' });
  });

  it('signs nobody out while one of them is stopped', async () => {
    const answers = new Set<number>();
    let isOver = false;
    void pair.one.ended.then(() => (isOver = true));
    pair.one.signal('SIGTERM');
    for (let after = 0; after < SEVERAL; after += isOver ? 1 : 0) {
      answers.add((await ada.get('/api/session')).status);
      // nginx asks no health: what is written just when connections close may fail, and it does not write twice.
      if (kind === 'haproxy') answers.add((await ada.send('POST', '/api/system-config/preview', LIMIT)).status);
    }
    expect([...answers]).toEqual([200]);
    expect((await openTestShell(ada, 'recording')).id).toMatch(/^sh-b_/);
  });
});

const LIMIT = { key: 'MaximumK8sSessionDuration', value: '60' };
