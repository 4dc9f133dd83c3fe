import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../core/clock.ts';
import { createFakeClock } from '../../system/fake-clock.ts';
import type { FakeClock } from '../../system/fake-clock.ts';
import { ExpiryWarnings, warningText } from './expiry-warning.ts';
import type { GivenWarning } from './ports.ts';
import { createTestSession } from './test-session.ts';
import type { TestSession } from './test-session.ts';

const KUBECTL = 'kubectl/v1.33.0 (linux/amd64) kubernetes/60a317e';
const said = (left: string) =>
  `299 curfew "Your Kubernetes session ends in ${left} (Maximum K8s Session Duration is 60 minutes)."`;
let clock: FakeClock;
let lead: number;
let told: GivenWarning[];
let warnings: ExpiryWarnings;
let session: TestSession;

function createWarnings(): ExpiryWarnings {
  return new ExpiryWarnings({ clock, warningMinutes: () => lead, onWarned: (given) => told.push(given) });
}

beforeEach(() => {
  clock = createFakeClock();
  lead = 5;
  told = [];
  warnings = createWarnings();
  session = createTestSession({ clock });
});

describe('a warning', () => {
  it('goes along once when the lead begins, and once in the last minute', async () => {
    expect(warnings.take(session, KUBECTL)).toBeNull();
    await clock.advance(55 * MINUTE_MS - 1);
    expect(warnings.take(session, KUBECTL)).toBeNull();
    await clock.advance(1);
    expect(warnings.take(session, KUBECTL)).toBe(said('5 min'));
    await clock.advance(4 * MINUTE_MS - 1);
    expect(warnings.take(session, KUBECTL)).toBeNull();
    await clock.advance(1001);
    expect(warnings.take(session, KUBECTL)).toBe(said('59 s'));
    expect(warnings.take(session, KUBECTL)).toBeNull();
  });

  it('of the last minute is enough for who was not there before', async () => {
    await clock.advance(59 * MINUTE_MS);
    expect(warnings.take(session, KUBECTL)).toBe(said('1 min'));
    expect(warnings.take(session, KUBECTL)).toBeNull();
  });

  it('is one, where it begins in the last minute', async () => {
    lead = 1;
    await clock.advance(59 * MINUTE_MS);
    expect(warnings.take(session, KUBECTL)).toBe(said('1 min'));
    expect(warnings.take(session, KUBECTL)).toBeNull();
  });

  it('is for each session and program: what a script swallows, kubectl shows all the same', async () => {
    const other = createTestSession({ clock, id: 'session-2' });
    await clock.advance(55 * MINUTE_MS);
    for (const agent of ['Swagger-Codegen/1.0/python', 'helm/v3', '']) {
      expect(warnings.take(session, agent)).not.toBeNull();
      expect(warnings.take(session, agent)).toBeNull();
    }
    expect(warnings.take(session, KUBECTL)).not.toBeNull();
    expect(warnings.take(session, 'kubectl.1.27/v1.27.3')).toBeNull();
    expect(warnings.take(other, KUBECTL)).not.toBeNull();
  });

  it('that another replica gave is not given again', async () => {
    const elsewhere = createWarnings();
    await clock.advance(55 * MINUTE_MS);
    warnings.take(session, KUBECTL);
    expect(told).toEqual([{ sessionId: 'session-1', program: 'kubectl', step: 'lead' }]);
    for (const given of told) elsewhere.note(given);
    expect(elsewhere.take(session, KUBECTL)).toBeNull();
    await clock.advance(4 * MINUTE_MS);
    expect(elsewhere.take(session, KUBECTL)).toBe(said('1 min'));
  });

  it('never comes where nothing limits the session', () => {
    const endless = { ...session, latestDeadline: () => ({ ...session.deadline(), at: Number.POSITIVE_INFINITY }) };
    expect(warnings.take(endless, KUBECTL)).toBeNull();
  });

  it('remembers of so many programs only', async () => {
    await clock.advance(55 * MINUTE_MS);
    warnings.take(session, KUBECTL);
    for (let index = 0; index < 10_000; index++) warnings.note({ sessionId: `s${index}`, program: 'x', step: 'lead' });
    expect(warnings.take(session, KUBECTL)).not.toBeNull();
  });
});

it.each([
  [4 * MINUTE_MS + 59_000, '4 min'],
  [MINUTE_MS, '1 min'],
  [59_001, '60 s'],
  [1, '1 s'],
])('%d ms before the end it says %s', (leftMs, left) => {
  const deadline = session.deadline();
  expect(warningText(deadline, deadline.at - leftMs)).toContain(` ends in ${left} (`);
});
