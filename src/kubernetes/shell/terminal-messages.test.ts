import { describe, expect, it } from 'vitest';
import { INPUT_BY_PERSON, INPUT_BY_TERMINAL, terminalServerMessageSchema } from '../../wire/shell.ts';
import { MAX_INPUT_BYTES } from '../../wire/shell.ts';
import { endMessage, readClientFrame } from './terminal-messages.ts';

const message = (value: unknown) => readClientFrame(Buffer.from(JSON.stringify(value)), false);

describe('what a page sends', () => {
  it('is input, marked by whose it is', () => {
    const byPerson = readClientFrame(Buffer.from([INPUT_BY_PERSON, 108, 115]), true);
    expect(byPerson).toEqual({ kind: 'input', byPerson: true, bytes: Buffer.from('ls') });
    const byTerminal = readClientFrame(Buffer.from([INPUT_BY_TERMINAL, 27]), true);
    expect(byTerminal).toEqual({ kind: 'input', byPerson: false, bytes: Buffer.from('\u001b') });
  });

  it('is a resize', () => {
    expect(message({ type: 'resize', cols: 100, rows: 40 })).toEqual({
      kind: 'message',
      message: { type: 'resize', cols: 100, rows: 40 },
    });
  });

  it('is invalid otherwise', () => {
    expect(readClientFrame(Buffer.alloc(0), true).kind).toBe('invalid');
    expect(readClientFrame(Buffer.from([2, 65]), true).kind).toBe('invalid');
    expect(readClientFrame(Buffer.from('not json'), false).kind).toBe('invalid');
    expect(readClientFrame(Buffer.alloc(0), false).kind).toBe('invalid');
    expect(message({ type: 'resize', cols: 0, rows: 40 }).kind).toBe('invalid');
    expect(message({ type: 'resize', cols: 1e9, rows: 40 }).kind).toBe('invalid');
    expect(message({ type: 'other' }).kind).toBe('invalid');
    expect(message(null).kind).toBe('invalid');
  });

  it('is too large beyond 64 KiB', () => {
    expect(readClientFrame(Buffer.alloc(MAX_INPUT_BYTES + 1), true).kind).toBe('input');
    expect(readClientFrame(Buffer.alloc(MAX_INPUT_BYTES + 2), true).kind).toBe('too-large');
  });
});

describe('the last message', () => {
  const at = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [
      { cause: 'session', end: { at, reason: 'revoked', limit: null } } as const,
      /Your Kubernetes session ended at 2026/,
    ],
    [{ cause: 'shell', end: { at, reason: 'closed', limit: null } } as const, /Your Kubernetes session goes on/],
    [
      { cause: 'shell', end: { at, reason: 'shutdown', limit: null } } as const,
      /went out of service\. Your Kubernetes session goes on/,
    ],
  ])('says why: %o', (end, sentence) => {
    const sent = terminalServerMessageSchema.parse(endMessage(end));
    expect(sent).toMatchObject({ type: 'ended', reason: end.end.reason, endedAt: '2026-01-01T00:00:00.000Z' });
    expect(sent.type === 'ended' && sent.sentence).toMatch(sentence);
  });

  it('gives the exit code of a bash that ended', () => {
    expect(endMessage({ cause: 'exit', exitCode: 3 })).toEqual({ type: 'exited', exitCode: 3 });
  });
});
