import { expect, it } from 'vitest';
import { LogText } from './log-text.ts';

it('keeps the newest part, without escapes, and colours cut in two', () => {
  const log = new LogText();
  log.add('\u001B[31mred\u001B[');
  log.add('0m \u001B]0;title\u0007plain\n');
  expect(log.text()).toBe('red plain\n');
  for (let piece = 0; piece < 5; piece++) log.add('x'.repeat(1_000_000));
  expect(log.text()).toHaveLength(2_000_000);
  log.clear();
  expect(log.text()).toBe('');
});
