import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeUsername } from './user.ts';

describe('normalizeUsername', () => {
  it.each([
    ['Ada', 'ada'],
    [' ada ', 'ada'],
    ['ａｄａ', 'ada'],
    ['a.b_c@d+e-f', 'a.b_c@d+e-f'],
    ['7of9', '7of9'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('spells “%s” as %s', (text, name) => {
    expect(normalizeUsername(text)).toBe(name);
  });

  it.each([
    'system:masters',
    'system:admin',
    '',
    ' ',
    '.ada',
    '-ada',
    'ad\u0000a',
    'a b',
    'a/b',
    'a,b',
    'аda',
    'ada\u200b',
    '\ufeffada',
    'ada\n',
    '\u200fada',
    'a\u202eda',
    'a\u00adda',
    'ada\u2028',
  ])('refuses “%s”', (text) => {
    expect(normalizeUsername(text)).toBeNull();
  });

  it('refuses what is too long, also where only its normal form is', () => {
    expect(normalizeUsername('x'.repeat(129))).toBeNull();
    expect(normalizeUsername('ﬃ'.repeat(43))).toBeNull();
  });

  it('has one spelling: a name that it gave is given again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = normalizeUsername(text);
        if (name === null) return;
        expect(normalizeUsername(name)).toBe(name);
        expect(name).toMatch(/^[a-z0-9][a-z0-9._@+-]{0,127}$/);
      }),
    );
  });
});
