import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Origins, isFromOurPage } from './origin.ts';

const tls = { port: 8443 };
const request = (headers: Record<string, string>, encrypted = false) =>
  ({ headers, socket: { encrypted } }) as unknown as IncomingMessage;

describe('Origins', () => {
  const origins = new Origins({ host: '127.0.0.1', port: 8080, tls, publicUrl: new URL('https://portal.example') });

  it.each([
    ['localhost:8080', false, 'http://localhost:8080'],
    ['127.0.0.1:8080', false, 'http://127.0.0.1:8080'],
    ['LOCALHOST:8443', true, 'https://localhost:8443'],
    ['portal.example', false, 'https://portal.example'],
  ])('knows %s', (host, encrypted, origin) => {
    expect(origins.of(request({ host }, encrypted))).toBe(origin);
  });

  it.each(['evil.example', 'localhost', 'localhost:8080.evil.example', 'localhost:9', ''])(
    'does not know “%s”',
    (host) => {
      expect(origins.of(request({ host }))).toBeNull();
    },
  );

  it('knows hosts without a port on the standard ports', () => {
    const standard = new Origins({ host: 'portal.local', port: 80, tls: { ...tls, port: 443 }, publicUrl: null });
    expect(standard.of(request({ host: 'portal.local' }))).toBe('http://portal.local');
    expect(standard.of(request({ host: 'portal.local' }, true))).toBe('https://portal.local');
  });
});

describe('isFromOurPage', () => {
  const ours = 'http://localhost:8080';
  it.each([
    [{ origin: ours }, true, true],
    [{ origin: ours, 'sec-fetch-site': 'same-origin' }, true, true],
    [{ 'sec-fetch-site': 'same-origin' }, true, true],
    [{}, true, false],
    [{}, false, true],
    [{ 'sec-fetch-site': 'none' }, false, true],
    [{ 'sec-fetch-site': 'none' }, true, false],
    [{ origin: 'null' }, false, false],
    [{ origin: 'https://localhost:8080' }, true, false],
    [{ origin: ours, 'sec-fetch-site': 'same-site' }, true, false],
    [{ 'sec-fetch-site': 'cross-site' }, false, false],
  ])('%j, strict %s: %s', (headers, strict, expected) => {
    expect(isFromOurPage(request(headers as Record<string, string>), ours, strict)).toBe(expected);
  });
});
