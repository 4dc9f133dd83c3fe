import { describe, expect, it } from 'vitest';
import { connectionFailure, describeConnectionError } from './plain-words.ts';

const coded = (code: string, cause?: Error): Error => Object.assign(new Error('raw', { cause }), { code });

describe('describeConnectionError', () => {
  it.each([
    [coded('ECONNREFUSED'), 'connection refused at h:6443'],
    [new AggregateError([coded('ECONNREFUSED')]), 'connection refused at h:6443'],
    [coded('ENOTFOUND'), 'the name h cannot be resolved'],
    [coded('CERT_HAS_EXPIRED'), 'the certificate of h:6443 has expired'],
    [coded('OTHER', coded('ERR_TLS_CERT_ALTNAME_INVALID')), 'the certificate of h:6443 is for another name'],
    [coded('UND_ERR_CONNECT_TIMEOUT'), 'no answer from h:6443 in time'],
    [new Error('odd'), 'the connection to h:6443 failed: odd'],
    ['text', 'the connection to h:6443 failed: text'],
  ])('%s: %s', (error, words) => {
    expect(describeConnectionError(error, new URL('https://h:6443/base'))).toBe(words);
  });

  it('names the port that is meant', () => {
    expect(describeConnectionError(coded('ECONNREFUSED'), new URL('https://h'))).toContain('h:443');
    expect(describeConnectionError(coded('ECONNREFUSED'), new URL('http://h'))).toContain('h:80');
  });
});

describe('connectionFailure', () => {
  it.each([
    [coded('ETIMEDOUT'), 'timeout'],
    [coded('ECONNRESET'), 'broken'],
    [coded('ECONNREFUSED'), 'unavailable'],
    [new Error('odd'), 'unavailable'],
  ] as const)('%s: %s', (error, kind) => {
    expect(connectionFailure(error)).toBe(kind);
  });
});
