import { expect, it } from 'vitest';
import { LogText } from './log-text.ts';

it('keeps the newest part, without escapes, and colours cut in two', () => {
  const log = new LogText();
  log.add('\u001B[31mred\u001B[');
  log.add('0m \u001B]0;title\u0007plain\n');
  expect(log.text()).toBe('red plain\n');
  log.clear();
  log.add('\u001B\u001B[m]52;c;aGk=\u0007\u001Bc\u001B(0\u009B31m\tred\r\n');
  expect(log.text()).toBe(']52;c;aGk=c(031m\tred\n');
  log.clear();
  for (let piece = 0; piece < 5; piece++) log.add('x'.repeat(1_000_000));
  expect(log.text()).toHaveLength(2_000_000);
  log.clear();
  expect(log.text()).toBe('');
});
