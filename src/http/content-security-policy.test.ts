import { describe, expect, it } from 'vitest';
import { handOverPolicy } from './content-security-policy.ts';

const connectOf = (query: Record<string, unknown>) => /connect-src ([^;]*)/.exec(handOverPolicy(query))?.[1];

describe('the policy of the page that hands a token over', () => {
  it('lets it call the one port that it is to post to', () => {
    expect(connectOf({ localPort: '8123' })).toBe("'self' http://localhost:8123");
    expect(connectOf({ localPort: '65535', redirect: 'false' })).toBe("'self' http://localhost:65535");
    expect(handOverPolicy({ localPort: '8123' })).toContain("frame-ancestors 'none'");
  });

  it('lets it call nothing where the browser goes there itself', () => {
    expect(connectOf({ localPort: '8123', redirect: 'true' })).toBe("'self'");
  });

  it.each([
    '0',
    '65536',
    '123456',
    '08080',
    '8e3',
    '0x50',
    '+80',
    '-1',
    ' 80',
    '80.0',
    '80@evil.example',
    '*',
    '',
    '80;',
    '80 *',
  ])('takes %j for no port', (localPort) => {
    expect(connectOf({ localPort })).toBe("'self'");
  });

  it('takes two ports for none', () => {
    expect(connectOf({ localPort: ['80', '81'] })).toBe("'self'");
    expect(connectOf({})).toBe("'self'");
  });
});
