import { describe, expect, it } from 'vitest';
import { CATALOGUE, catalogueEntry, isCatalogueKey, parseMinutes } from './catalogue.ts';

describe('parseMinutes', () => {
  const duration = catalogueEntry('AuthorizationTokenSessionDuration');
  const inactivity = catalogueEntry('K8sSessionInactivityTimeout');

  it.each([
    '0',
    '-5',
    '1.5',
    'abc',
    '99999999',
    '43201',
    '',
    ' 5',
    '5 ',
    '05',
    '1e3',
    '٣',
    '+5',
    '0x10',
    '10m',
    '５',
    'Infinity',
  ])('refuses “%s” and says what is allowed', (text) => {
    const parsed = parseMinutes(duration, text);
    expect('refusal' in parsed && parsed.refusal).toContain('a whole number of minutes from 1 to 43200');
  });

  it('takes the whole range', () => {
    expect(parseMinutes(duration, '1')).toEqual({ minutes: 1 });
    expect(parseMinutes(duration, '43200')).toEqual({ minutes: 43_200 });
  });

  it('takes 0 only where a limit can be off', () => {
    expect(parseMinutes(inactivity, '0')).toEqual({ minutes: 0 });
    expect(parseMinutes(duration, '0')).toHaveProperty('refusal');
    const refused = parseMinutes(inactivity, '-1');
    expect('refusal' in refused && refused.refusal).toContain('0 (off), or a whole number');
  });

  it('says what was given, or that nothing was', () => {
    expect(parseMinutes(duration, '')).toEqual({
      refusal:
        'Nothing was given: Authorization token session duration takes a whole number of minutes from 1 to 43200.',
    });
    const refused = parseMinutes(duration, '9'.repeat(40));
    expect('refusal' in refused && refused.refusal).toContain(`“${'9'.repeat(40)}” is not allowed`);
  });

  it('repeats at most forty characters of what was typed', () => {
    const parsed = parseMinutes(duration, 'x'.repeat(10_000));
    expect('refusal' in parsed && parsed.refusal.length).toBeLessThan(200);
  });
});

describe('the catalogue', () => {
  it('has defaults that it would accept', () => {
    for (const entry of CATALOGUE) {
      expect(parseMinutes(entry, String(entry.defaultMinutes))).toEqual({ minutes: entry.defaultMinutes });
    }
  });

  it('knows its keys exactly, and nothing of an object', () => {
    expect(CATALOGUE.every(({ key }) => isCatalogueKey(key))).toBe(true);
    expect(['toString', '__proto__', 'maximumk8ssessionduration'].some(isCatalogueKey)).toBe(false);
  });
});
