import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

// The worst neighbour: another port of localhost is the same site, so that cookies reach the portal from its pages.
const HOSTILE = '<!doctype html><title>hostile</title><form method="post" enctype="text/plain"></form>';

let test: TestPortal;
let administrator: TestBrowser;
let chromium: Browser;
let hostile: Server;

beforeAll(async () => {
  test = await startTestPortal();
  administrator = await test.administrator();
  chromium = await launchChromium();
  hostile = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(HOSTILE));
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await chromium.close();
  hostile.close();
  await test.stop();
});

async function openHostilePage() {
  const context = await chromium.newContext();
  await context.addCookies(
    [...administrator.cookies].map(([name, value]) => ({
      name,
      value,
      domain: 'localhost',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict' as const,
    })),
  );
  const page = await context.newPage();
  await page.goto(`http://localhost:${(hostile.address() as AddressInfo).port}/`);
  return page;
}

it('reads nothing and changes nothing', async () => {
  const page = await openHostilePage();
  const outcome = await page.evaluate(async (portal) => {
    const attempt = async (path: string, init: RequestInit) => {
      try {
        const response = await fetch(portal + path, { credentials: 'include', ...init });
        return `${response.type} ${response.status}`;
      } catch {
        return 'blocked';
      }
    };
    const socket = await new Promise<string>((resolve) => {
      const websocket = new WebSocket(`${portal.replace('http', 'ws')}/api/shells/sh_1/terminal`);
      websocket.addEventListener('open', () => resolve('open'));
      websocket.addEventListener('error', () => resolve('refused'));
    });
    const events = await new Promise<string>((resolve) => {
      const source = new EventSource(`${portal}/api/session/events`, { withCredentials: true });
      source.addEventListener('open', () => resolve('open'));
      source.addEventListener('error', () => resolve('refused'));
    });
    const write = {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"AppConfig","value":"1"}',
    };
    return {
      read: await attempt('/api/session', {}),
      readOpaque: await attempt('/api/session', { mode: 'no-cors' }),
      write: await attempt('/api/system-config/MaximumK8sSessionDuration', write),
      simplePost: await attempt('/api/sessions/end-others', { method: 'POST', mode: 'no-cors', body: '{}' }),
      cluster: await attempt('/k8s/clusters/local/api/v1/pods', { headers: { 'curfew-request': '1' } }),
      socket,
      events,
    };
  }, test.url);
  expect(outcome).toEqual({
    read: 'blocked',
    readOpaque: 'blocked',
    write: 'blocked',
    simplePost: 'blocked',
    cluster: 'blocked',
    socket: 'refused',
    events: 'refused',
  });
  expect((await administrator.get('/api/system-config')).body.total).toBe(0);
  const { body } = await administrator.get('/api/audit?search=session.ended');
  expect(body.total).toBe(0);
});

it('posts no form in the name of the administrator', async () => {
  const page = await openHostilePage();
  const answer = page.waitForResponse((response) => response.url().endsWith('/api/sessions/end-others'));
  await page.evaluate((portal) => {
    const [form] = document.forms;
    if (form === undefined) throw new Error('no form');
    form.action = `${portal}/api/sessions/end-others`;
    form.submit();
  }, test.url);
  expect((await answer).status()).toBe(403);
});

it('frames nothing', async () => {
  const page = await openHostilePage();
  const framed = await page.evaluate(async (portal) => {
    const frame = document.createElement('iframe');
    frame.src = `${portal}/api/docs`;
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener('load', resolve));
    return frame.contentDocument === null ? 'foreign' : frame.contentDocument.title;
  }, test.url);
  expect(framed).toBe('foreign');
  await expect.poll(() => page.frames()[1]?.url()).toContain('chrome-error://');
});
