import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionWarning } from '../../src/wire/session.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

const MINUTE = 60_000;
const DURATION = '/api/system-config/AuthorizationTokenSessionDuration';
const INACTIVITY = '/api/system-config/AuthorizationTokenInactivityTimeout';

let test: TestPortal;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestPortal();
  browser = await test.administrator();
});
afterEach(() => test.stop());

const set = (path: string, value: string, type = 'AppConfig') => browser.send('PUT', path, { type, value });
const background = { 'curfew-activity': 'none' };

describe('System Config', () => {
  it.each(['0', '-5', '1.5', 'abc', '99999999', '', ' 5', '05', '1e2', '10m'])(
    'refuses the value “%s” with what is allowed',
    async (value) => {
      await set(DURATION, '45');
      const { status, body } = await set(DURATION, value);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'invalid-request', field: 'value' });
      expect(body.detail).toContain('a whole number of minutes from 1 to 43200');
      expect((await browser.get('/api/system-config')).body.items).toMatchObject([{ value: '45' }]);
    },
  );

  it('keeps catalogue keys as AppConfig, and other keys under any type', async () => {
    expect((await set(DURATION, '45', 'Flags')).body).toMatchObject({ code: 'invalid-request', field: 'type' });
    expect((await set('/api/system-config/Free%20key', 'any thing', 'Flags')).body).toMatchObject({
      key: 'Free key',
      type: 'Flags',
    });
    expect((await set('/api/system-config/authorizationtokensessionduration', '45')).body).toMatchObject({
      field: 'key',
    });
  });

  it('says which default a deleted key returns to, and keeps who set which value when', async () => {
    await set(DURATION, '45');
    expect((await browser.send('DELETE', DURATION)).body).toEqual({
      key: 'AuthorizationTokenSessionDuration',
      defaultMinutes: 480,
    });
    expect((await browser.send('DELETE', DURATION)).body.code).toBe('not-found');
    const { body } = await browser.get('/api/system-config/history');
    expect(body.items).toMatchObject([
      { by: 'ada', before: '45', after: null },
      { by: 'ada', before: null, after: '45' },
    ]);
  });

  it('pages, searches and sorts', async () => {
    for (const key of ['b10', 'b9', 'a']) await set(`/api/system-config/${key}`, 'x', 'Flags');
    const page = await browser.get('/api/system-config?search=b&order=desc&pageSize=1&page=2');
    expect(page.body).toMatchObject({ total: 2, items: [{ key: 'b9' }] });
  });
});

describe('a portal session', () => {
  it('ends at the millisecond of its deadline, everywhere, and says which limit ended it', async () => {
    await set(INACTIVITY, '0');
    await set(DURATION, '10');
    const { body: own } = await browser.get('/api/session');
    const left = Date.parse(own.endsAt) - test.clock.now();
    expect(left).toBe(Date.parse(own.session.startedAt) + 10 * MINUTE - test.clock.now());
    await test.clock.advance(left - 1);
    expect((await browser.get('/api/session', background)).status).toBe(200);
    await test.clock.advance(1);
    const { status, body } = await browser.get('/api/session');
    expect(status).toBe(401);
    expect(body).toMatchObject({
      code: 'session-ended',
      endReason: 'max-duration',
      endedAt: own.endsAt,
      limit: { key: 'AuthorizationTokenSessionDuration', value: 10, scope: { kind: 'system' } },
    });
    expect(body.detail).toContain('Authorization token session duration is 10 minutes');
  });

  it('ends by inactivity, which background requests do not put off and a person does', async () => {
    await set(INACTIVITY, '5');
    await test.clock.advance(4 * MINUTE);
    await browser.get('/api/session', background);
    await browser.get('/api/session/check');
    expect((await browser.get('/api/session', background)).status).toBe(200);
    await browser.send('POST', '/api/session/activity');
    await test.clock.advance(4 * MINUTE);
    await browser.get('/api/session', background);
    await test.clock.advance(MINUTE);
    expect((await browser.get('/api/session')).body).toMatchObject({ endReason: 'inactivity', limit: { value: 5 } });
    // Activity never revives.
    expect((await browser.send('POST', '/api/session/activity')).status).toBe(401);
  });

  it('is ended at once by a shorter duration, as the preview said, and is not lengthened by a longer one', async () => {
    await test.clock.advance(3 * MINUTE);
    const second = await test.administrator();
    const preview = await browser.send('POST', '/api/system-config/preview', {
      key: 'AuthorizationTokenSessionDuration',
      value: '2',
    });
    expect(preview.body).toMatchObject({ portal: { live: 2, ending: 1 }, kubernetes: { live: 0 }, endsOwn: true });
    await second.send('PUT', DURATION, { type: 'AppConfig', value: '2' });
    expect((await browser.get('/api/session')).body).toMatchObject({ code: 'session-ended', limit: { value: 2 } });
    await second.send('PUT', DURATION, { type: 'AppConfig', value: '100' });
    await test.clock.advance(2 * MINUTE);
    expect((await second.get('/api/session')).body).toMatchObject({ code: 'session-ended', limit: { value: 2 } });
  });

  it('has the same deadline after a restart', async () => {
    await set(DURATION, '7');
    await set(DURATION, '90');
    const before = (await browser.get('/api/session', background)).body.durationEndsAt;
    const cookie = browser.cookieHeader;
    await test.restart();
    const after = await test.browser().get('/api/session', { cookie, ...background });
    expect(after.body.durationEndsAt).toBe(before);
  });

  it('pushes its end to the page, as the last event', async () => {
    await set(INACTIVITY, '0');
    await set(DURATION, '1');
    const events = openEvents(browser);
    await events.until('event: session');
    await test.clock.advance(MINUTE);
    const text = await events.closed;
    expect(text.trim().split('\n\n').at(-1)).toContain('event: ended');
    expect(text).toContain('"reason":"max-duration"');
  });

  it('warns the page before its end, at the lead and for each deadline once', async () => {
    await set(INACTIVITY, '0');
    await set(DURATION, '10');
    const { body: own } = await browser.get('/api/session', background);
    const events = openEvents(browser);
    await events.until('event: session');
    await test.clock.advance(Date.parse(own.endsAt) - 5 * MINUTE - test.clock.now() - 1);
    expect(events.warnings()).toEqual([]);
    await test.clock.advance(1);
    await events.until('event: warning');
    await test.clock.advance(MINUTE);
    expect(events.warnings()).toEqual([{ sessionId: own.session.id, endsAt: own.endsAt, endsBy: own.endsBy }]);
    const second = openEvents(browser);
    await second.until('event: warning');
    await set(DURATION, '9');
    await test.clock.advance(5 * MINUTE);
    await events.closed;
    expect(events.warnings().map(({ endsBy }) => endsBy.value)).toEqual([10, 9]);
  });

  it('tells open pages of a changed limit at once', async () => {
    const events = openEvents(browser);
    await events.until('event: session');
    await set(DURATION, '33');
    await events.until('"value":33');
    await browser.send('DELETE', '/api/session');
    expect(await events.closed).toContain('"reason":"signed-out"');
  });

  it('is not opened to an event stream by another site', async () => {
    const refused = await browser.get('/api/session/events', {
      'sec-fetch-site': 'cross-site',
      origin: 'http://evil.example',
    });
    expect(refused.body.code).toBe('origin-refused');
  });
});

describe('refusals', () => {
  it('are recorded with whose they were', async () => {
    const user = await test.user('grace');
    await user.get('/api/system-config');
    const { body } = await browser.get('/api/audit?search=access.refused');
    expect(body.items).toMatchObject([{ actor: 'grace', subject: 'GET /api/system-config' }]);
  });
});

describe('ends', () => {
  it('are counted and recorded with their reasons', async () => {
    await set(DURATION, '1');
    await test.clock.advance(MINUTE);
    const again = await test.administrator();
    const { body } = await again.get('/api/audit?search=session.ended');
    expect(body.items[0].sentence).toContain('max-duration, Authorization token session duration is 1 minute');
    const { body: metrics } = await test.browser().get('/metrics');
    expect(metrics).toContain('curfew_session_ends_total{kind="portal",reason="max-duration"} 1');
  });
});

/** An event stream, read as text. */
function openEvents(reader: TestBrowser) {
  let text = '';
  const waiting = new Set<{ part: string; resolve: () => void }>();
  const closed = new Promise<string>((resolve, reject) => {
    get(
      `${reader.url}/api/session/events`,
      { headers: { cookie: reader.cookieHeader, 'sec-fetch-site': 'same-origin' } },
      (response) => {
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          for (const each of waiting) if (text.includes(each.part)) each.resolve();
        });
        response.on('close', () => {
          resolve(text);
        });
      },
    ).on('error', reject);
  });
  const until = (part: string) =>
    new Promise<void>((resolve) => {
      if (text.includes(part)) resolve();
      else waiting.add({ part, resolve });
    });
  const warnings = (): SessionWarning[] =>
    [...text.matchAll(/^event: warning\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
  return { closed, until, warnings };
}
