import { describe, expect, it } from 'vitest';
import { cleanPaste, pastedLines } from './pasted-text.ts';

describe('cleanPaste', () => {
  it('keeps text, tabs and line breaks', () => {
    expect(cleanPaste('kubectl\tget pods\r\nübung 🙂\n')).toBe('kubectl\tget pods\r\nübung 🙂\n');
  });

  it('drops what could end a bracketed paste or press keys', () => {
    expect(cleanPaste('a\u001B[201~b\u0003c\u009B1md\u007F')).toBe('a[201~bc1md');
  });
});

describe('pastedLines', () => {
  it('counts lines of every kind of line break', () => {
    expect(pastedLines('one')).toEqual(['one']);
    expect(pastedLines('one\r\ntwo\nthree\rfour')).toHaveLength(4);
    expect(pastedLines('rm -rf x\n')).toEqual(['rm -rf x', '']);
  });
});
