import { describe, expect, it } from 'vitest';
import { InputOrigin } from './input-origin.ts';

function after(ms: number): InputOrigin {
  const origin = new InputOrigin();
  origin.noteAct(1000 - ms);
  return origin;
}

describe('InputOrigin', () => {
  it.each([
    'a',
    '\r',
    '\u0003',
    '\u001B[A',
    '\u001BOP',
    '\u001B[15~',
    '\u001B[1;5C',
    '\u001B[200~ls\r\u001B[201~',
    'é',
    '\u001B',
  ])('takes %j after a key for a person’s', (data) => {
    expect(after(5).of(data, 1000)).toBe('person');
  });

  it('takes Shift+F3 for a key, although it looks like a report', () => {
    expect(after(5).of('\u001B[1;2R', 1000)).toBe('person');
  });

  it('takes what comes without any act for the terminal’s', () => {
    expect(new InputOrigin().of('ls\r', 1000)).toBe('terminal');
    expect(after(101).of('ls\r', 1000)).toBe('terminal');
  });

  it.each([
    '\u001B[24;80R',
    '\u001B[?12;1R',
    '\u001B[?1;2c',
    '\u001B[>0;276;0c',
    '\u001B[0n',
    '\u001B[8;24;80t',
    '\u001B[?2026;2$y',
    '\u001B[I',
    '\u001B[O',
    '\u001B]11;rgb:0000/0000/0000\u001B\\',
    '\u001BP1$r0m\u001B\\',
    '\u001B[24;80R\u001B[?1;2c',
  ])('takes the report %j for the terminal’s, even while somebody types', (data) => {
    expect(after(5).of(data, 1000)).toBe('terminal');
  });

  it('takes a report with something typed after it for a person’s', () => {
    expect(after(5).of('\u001B[24;80Rx', 1000)).toBe('person');
  });
});
