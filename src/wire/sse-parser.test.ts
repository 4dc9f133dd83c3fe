import { describe, expect, it } from 'vitest';
import { createSseParser } from './sse-parser.ts';
import type { ServerSentEvent } from './sse-parser.ts';

const TEXT =
  ': ping\n\nevent: session\ndata: {"a":1}\n\nevent: ended\r\ndata: one\r\ndata: two\r\n\r\nid: 7\ndata:bare\n\n';
const EVENTS = [
  { event: 'session', data: '{"a":1}' },
  { event: 'ended', data: 'one\ntwo' },
  { event: 'message', data: 'bare' },
];

function parse(chunks: readonly string[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const feed = createSseParser((event) => events.push(event));
  for (const chunk of chunks) feed(chunk);
  return events;
}

describe('createSseParser', () => {
  it('reads events', () => {
    expect(parse([TEXT])).toEqual(EVENTS);
  });

  it('reads them however the text is cut', () => {
    expect(parse(TEXT.split(''))).toEqual(EVENTS);
    for (let at = 0; at <= TEXT.length; at += 1) expect(parse([TEXT.slice(0, at), TEXT.slice(at)])).toEqual(EVENTS);
  });

  it('gives nothing before the blank line', () => {
    expect(parse(['event: session\ndata: {}\n'])).toEqual([]);
  });
});
