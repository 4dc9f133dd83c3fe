import { array, assert, integer, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputHistory } from './output-history.ts';

const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');

describe('the history of a terminal', () => {
  it('replays everything while it fits', () => {
    const history = createOutputHistory(100);
    history.push(Buffer.from('one '));
    history.push(Buffer.from('two'));
    expect(text(history.read())).toBe('one two');
  });

  it('begins after a line feed once something was dropped', () => {
    const history = createOutputHistory(20);
    history.push(Buffer.from('\u001b[31mfirst line\r\nsecond\r\n'));
    history.push(Buffer.from('third'));
    expect(text(history.read())).toBe('second\r\nthird');
  });

  it('does not begin within a character where there is no line feed', () => {
    const history = createOutputHistory(5);
    history.push(Buffer.from('äöü'));
    expect(text(history.read())).toBe('öü');
  });

  it('holds at most its bound, and always the newest, whatever comes', () => {
    const chunk = uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    assert(
      property(array(chunk, { maxLength: 30 }), integer({ min: 1, max: 64 }), (chunks, maxBytes) => {
        const history = createOutputHistory(maxBytes);
        for (const each of chunks) history.push(each);
        const all = Buffer.concat(chunks);
        const kept = Buffer.concat(history.read());
        expect(kept.length).toBeLessThanOrEqual(maxBytes);
        expect(all.subarray(all.length - kept.length)).toEqual(kept);
        expect(kept.length === all.length || all.length > maxBytes).toBe(true);
      }),
    );
  });
});
