import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import type { SessionKind } from '../core/session-kind.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

const DURATION = 'AuthorizationTokenSessionDuration';
const INACTIVITY = 'AuthorizationTokenInactivityTimeout';
const K8S_DURATION = 'MaximumK8sSessionDuration';
const K8S_INACTIVITY = 'K8sSessionInactivityTimeout';
const NONE = { live: 0, ending: 0 };
const NOTHING = { portal: NONE, kubernetes: NONE, endsOwn: false };

let test: TestSessions;
beforeEach(async () => {
  test = await createTestSessions();
});

const start = async () => (await test.sessions.startPortal(ADA, 'cookie', null)).session;
const keys = async () => (await test.config.list()).map(({ key }) => key);

describe('set', () => {
  it('keeps what was given exactly, with who and when', async () => {
    const before = test.clock.now();
    await test.config.set({ type: 'Anything', key: 'Free key', value: ' kept as it is ' }, 'ada', null);
    expect(await test.config.list()).toEqual([
      { type: 'Anything', key: 'Free key', value: ' kept as it is ', setBy: 'ada', setAt: before },
    ]);
  });

  it('refuses a value that is not allowed, names its field, and the old value stays', async () => {
    await test.set(DURATION, '30');
    for (const value of ['0', '-5', '1.5', 'abc', '99999999', '', ' 5']) {
      await expect(test.set(DURATION, value)).rejects.toMatchObject({ code: 'invalid-request', field: 'value' });
    }
    expect(await test.config.list()).toMatchObject([{ value: '30' }]);
    expect((await start()).limits.duration?.minutes).toBe(30);
  });

  it.each([
    DURATION.toLowerCase(),
    DURATION.toUpperCase(),
    'authorization token session duration',
    'maximum k8s session duration',
    DURATION.replace('A', 'Ａ'),
  ])('refuses the look-alike “%s”, and names the key', async (key) => {
    await expect(test.set(key, '5')).rejects.toMatchObject({ code: 'invalid-request', field: 'key' });
    await expect(test.set(key, '5')).rejects.toThrow(/This setting's key is \w+;/);
    expect(await keys()).toEqual([]);
  });

  it.each([
    ...[` ${DURATION}`, `${DURATION} `, 'a\nb', 'a\u0000', 'a\u009b', ''],
    // Zero-width, from right to left, a soft hyphen, one that joins, a filler, a variation, half a character, a line end.
    ...['a\u200bb', 'a\u200fb', 'a\u202eb', 'a\u2066b', 'a\u00adb', 'a\u2060b', '\ufeffa', 'a\u034fb', 'a\u3164'],
    ...['a\ufe0f', 'a\u{e0041}', 'a\ud800', 'a\u2028b'],
  ])('refuses %j as a key and as a type, in a sentence', async (text) => {
    const code = 'invalid-request';
    await expect(test.set(text, '5')).rejects.toMatchObject({ code, field: 'key' });
    const typed = () => test.config.set({ type: text, key: 'free', value: '5' }, 'ada', null);
    await expect(typed()).rejects.toMatchObject({ code, field: 'type' });
    await expect(typed()).rejects.toThrow('The type holds visible characters and single blanks between them');
    expect(await keys()).toEqual([]);
  });

  it.each(['größe.max', 'キー', 'a key with blanks', 'naïve/é'])('takes the free key “%s”', async (key) => {
    await test.set(key, 'x');
    expect(await keys()).toEqual([key]);
  });

  it.each(['a\0', 'a\u001b[2J', 'a\u202eb', 'a\u2067b', 'a\u200f', 'a\ud800'])(
    'refuses the value %j',
    async (value) => {
      await expect(test.set('free', value)).rejects.toMatchObject({ code: 'invalid-request', field: 'value' });
    },
  );

  it.each(['', '{\n\t"a": "👩‍🚀 ❤️"\r\n}'])('takes the value %j of a free key', async (value) => {
    await test.set('free', value);
    expect((await test.config.list())[0]?.value).toBe(value);
  });

  it('takes a label as the key of its limit, stored as it came, and never beside the key', async () => {
    const label = 'Authorization token session duration';
    const live = await start();
    await test.set(label, '30');
    expect(await keys()).toEqual([label]);
    expect(live.limits.duration?.minutes).toBe(30);
    await expect(test.set(label, '0')).rejects.toMatchObject({ code: 'invalid-request', field: 'value' });
    const both = test.set(DURATION, '20');
    await expect(both).rejects.toMatchObject({ code: 'invalid-request', field: 'key' });
    await expect(both).rejects.toThrow(`with the key ${label}.`);
    expect(live.limits.duration?.minutes).toBe(30);
    expect(await test.config.preview(label, '1', live.id)).toMatchObject({ portal: { live: 1 } });
    await test.config.delete(label, 'ada', null);
    await test.set(DURATION, '20');
    expect(await keys()).toEqual([DURATION]);
    await expect(test.set(label, '20')).rejects.toThrow(`with the key ${DURATION}.`);
  });

  it('takes a limit with its own Config Type only', async () => {
    const wrong = test.config.set({ type: 'Other', key: DURATION, value: '5' }, 'ada', null);
    await expect(wrong).rejects.toMatchObject({ code: 'invalid-request', field: 'type' });
  });

  it('changes nothing in memory that the store did not take', async () => {
    const session = await start();
    test.store.writeSetting = () => Promise.reject(new Error('the disk is full'));
    await expect(test.set(DURATION, '1')).rejects.toThrow('the disk is full');
    expect(session.limits.duration?.minutes).toBe(480);
  });

  it('writes one after the other: the last one asked for is the one in force', async () => {
    await Promise.all(['50', '40', '60'].map((value) => test.set(DURATION, value)));
    await test.clock.advance(1);
    expect(await test.config.list()).toMatchObject([{ value: '60' }]);
    expect((await start()).limits.duration?.minutes).toBe(60);
    const { items } = await test.config.history({ search: '', offset: 0, limit: 10 });
    expect(items.map(({ before, after }) => [before, after])).toEqual([
      ['40', '60'],
      ['50', '40'],
      [null, '50'],
    ]);
  });
});

describe('delete', () => {
  it('returns to the default, which binds live sessions where it is stricter', async () => {
    await test.set(DURATION, '900');
    await test.clock.advance(1);
    const session = await start();
    expect(session.limits.duration?.minutes).toBe(900);
    await test.config.delete(DURATION, 'ada', null);
    expect(session.limits.duration?.minutes).toBe(480);
    expect(await keys()).toEqual([]);
  });

  it('refuses what is not there', async () => {
    await expect(test.config.delete(DURATION, 'ada', null)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('preview', () => {
  it('counts the live sessions that a value would end, and whether the own one is among them', async () => {
    const first = await start();
    await test.clock.advance(20 * MINUTE_MS);
    await start();
    await test.clock.advance(5 * MINUTE_MS);
    expect(await test.config.preview(DURATION, '25', first.id)).toEqual({
      ...NOTHING,
      portal: { live: 2, ending: 1 },
      endsOwn: true,
    });
    expect(await test.config.preview(DURATION, '26', first.id)).toEqual({ ...NOTHING, portal: { live: 2, ending: 0 } });
  });

  it('counts the Kubernetes sessions that would end with their portal session', async () => {
    const own = await start();
    await test.clock.advance(20 * MINUTE_MS);
    await test.sessions.openKubernetes(own, 'c1');
    await test.sessions.openKubernetes(await start(), 'c1');
    await test.clock.advance(5 * MINUTE_MS);
    const one = { live: 2, ending: 1 };
    expect(await test.config.preview(DURATION, '25', own.id)).toEqual({ portal: one, kubernetes: one, endsOwn: true });
    expect(await test.config.preview(K8S_DURATION, '5', own.id)).toEqual({
      portal: NONE,
      kubernetes: { live: 2, ending: 2 },
      endsOwn: true,
    });
    const stranger = await test.config.preview(K8S_DURATION, '5', 'somebody');
    expect(stranger.endsOwn).toBe(false);
  });

  it('counts no session that is over, though its end is not recorded yet', async () => {
    await start();
    test.sessions.pool.stop();
    test = await test.restart();
    await test.clock.jump(24 * 60 * MINUTE_MS);
    const own = await start();
    expect(await test.config.preview(DURATION, '1', own.id)).toEqual({ ...NOTHING, portal: { live: 1, ending: 0 } });
  });

  it('counts nothing for what limits nothing, and refuses what set refuses', async () => {
    await start();
    expect(await test.config.preview('anything', 'x', '')).toEqual(NOTHING);
    expect(await test.config.preview('SessionExpiryWarning', '1', '')).toEqual(NOTHING);
    await expect(test.config.preview(DURATION, '0', '')).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('foretells exactly what then ends, whatever the sessions, for every limit', async () => {
    const anySessions = fc.array(
      fc.record({ wait: fc.nat(20), cluster: fc.boolean(), touchAfter: fc.option(fc.nat(9)) }),
      { minLength: 1, maxLength: 6 },
    );
    const anyKey = fc.constantFrom(DURATION, INACTIVITY, K8S_DURATION, K8S_INACTIVITY);
    const anyValue = fc.oneof(fc.integer({ min: 1, max: 60 }).map(String), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(anySessions, anyKey, anyValue, async (plan, key, value) => {
        test = await createTestSessions();
        if (value === null) await test.set(key, '900');
        await test.clock.advance(1);
        let own = '';
        for (const { wait, cluster, touchAfter } of plan) {
          const session = await start();
          const held = cluster ? await test.sessions.openKubernetes(session, 'c') : session;
          own = session.id;
          if (touchAfter !== null) {
            await test.clock.advance(touchAfter * MINUTE_MS);
            held.touch();
          }
          await test.clock.advance(wait * MINUTE_MS);
        }
        const live = test.sessions.pool.countSessions();
        const foretold = await test.config.preview(key, value, own);
        if (value === null) await test.config.delete(key, 'ada', null);
        else await test.set(key, value);
        const left = test.sessions.pool.countSessions();
        const counts = (kind: SessionKind) => ({ live: live[kind], ending: live[kind] - left[kind] });
        const endsPortal = key === DURATION || key === INACTIVITY;
        expect(foretold.portal).toEqual(endsPortal ? counts('portal') : NONE);
        expect(foretold.kubernetes).toEqual(counts('kubernetes'));
        const ownEnd = (await test.sessions.stored.find(own))?.session.end ?? null;
        if (endsPortal) expect(ownEnd !== null).toBe(foretold.endsOwn);
      }),
      { numRuns: 60 },
    );
  });
});

describe('note', () => {
  it.each([
    [INACTIVITY, '480', true],
    [INACTIVITY, '479', false],
    [INACTIVITY, '0', false],
    [DURATION, '60', true],
    [DURATION, '61', false],
    [DURATION, null, false],
    [K8S_DURATION, '30', true],
    [K8S_INACTIVITY, '60', true],
    ['free', 'x', false],
    ['SessionExpiryWarning', '60', false],
  ])('for %s = %s says that inactivity never acts: %s', (key, value, said) => {
    const note = test.config.note(key, value);
    if (said) expect(note).toMatch(/The inactivity timeout of \d+ minutes never acts/);
    else expect(note).toBeNull();
  });
});
