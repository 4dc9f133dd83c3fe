import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';
import { openLocalTls } from './local-tls.ts';
import type { LocalTls } from './local-tls.ts';

const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

let folder: string;
let clock: FakeClock;
let failures: unknown[];
let renewals: number;
let tls: LocalTls;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-tls-'));
  clock = createFakeClock();
  failures = [];
  renewals = 0;
  tls = await openLocalTls(folder, clock, (error) => failures.push(error));
  tls.onRenewed(() => renewals++);
});
afterEach(() => {
  tls.stop();
  expect(clock.waiting).toBe(0);
  rmSync(folder, { recursive: true });
});

const stored = () => readFileSync(join(folder, 'cert.pem'), 'utf8');
const daysLeft = (pem: string) => (new X509Certificate(pem).validToDate.getTime() - clock.now()) / DAY_MS;

it('makes the certificate anew 60 days before it expires, year after year', async () => {
  for (const year of [1, 2, 3]) {
    const { cert } = tls.files();
    await clock.advance(305 * DAY_MS - HOUR_MS);
    expect(tls.files().cert).toBe(cert);
    await clock.advance(HOUR_MS);
    // Making keys is not the clock's matter.
    await vi.waitFor(() => expect(renewals).toBe(year));
    expect(tls.files().cert).not.toBe(cert);
    expect(stored()).toBe(tls.files().cert);
    expect(daysLeft(stored())).toBe(365);
  }
  expect(failures).toEqual([]);
});

it('keeps the old one when that fails, and tries again each hour', async () => {
  const { cert } = tls.files();
  mkdirSync(join(folder, 'key.pem.new'));
  await clock.advance(305 * DAY_MS);
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(tls.files().cert).toBe(cert);
  rmdirSync(join(folder, 'key.pem.new'));
  await clock.advance(HOUR_MS - 1);
  expect(renewals).toBe(0);
  await clock.advance(1);
  await vi.waitFor(() => expect(renewals).toBe(1));
  expect(tls.files().cert).not.toBe(cert);
});
