import { describe, expect, it } from 'vitest';
import { clusterIdentity } from '../../core/access.ts';
import type { User } from '../../core/user.ts';
import { headerBytes, headerValue, triesToImpersonate, upstreamHeaders } from './request-headers.ts';

const user = { id: 'u1', username: 'alice', role: 'User', readOnly: false, disabledAt: null, createdAt: 0 } as const;
const subject = { session: { id: 's1' }, identity: clusterIdentity(user) };

function namesOf(headers: readonly string[]): string[] {
  return headers.filter((_, index) => index % 2 === 0);
}

function build(raw: string[], options: Partial<Parameters<typeof upstreamHeaders>[2]> = {}): string[] {
  return upstreamHeaders(raw, subject, { authorization: 'Bearer cluster', ...options });
}

describe('upstreamHeaders', () => {
  it('acts for the user, in the names that the cluster knows', () => {
    expect(build(['Accept', 'application/json'])).toEqual([
      ...['accept', 'application/json', 'authorization', 'Bearer cluster', 'impersonate-user', 'curfew:alice'],
      ...['impersonate-group', 'curfew:users', 'impersonate-extra-session.curfew', 's1'],
    ]);
  });

  it.each<[Partial<User>, string[]]>([
    [{ role: 'Administrator' }, ['curfew:users', 'curfew:administrators']],
    [{ role: 'Administrator', readOnly: true }, ['curfew:read-only']],
    [{ username: 'system' }, ['curfew:users']],
  ])('names groups of %j, never one of system:', (change, groups) => {
    const identity = clusterIdentity({ ...user, ...change });
    const headers = upstreamHeaders([], { ...subject, identity }, { authorization: null });
    const named = headers.filter((_, index) => headers[index - 1]?.toLowerCase() === 'impersonate-group');
    expect(named).toEqual(groups);
    expect(headers.some((value) => value.startsWith('system:'))).toBe(false);
  });

  it('throws without a user', () => {
    const { identity } = subject;
    for (const nobody of [
      { ...subject, session: { id: '' } },
      { ...subject, identity: { ...identity, user: 'curfew:' } },
      { ...subject, identity: { ...identity, user: 'system:admin' } },
      { ...subject, identity: { ...identity, groups: [] } },
      { ...subject, identity: { ...identity, groups: ['curfew:users', 'system:masters'] } },
    ]) {
      expect(() => upstreamHeaders([], nobody, { authorization: null })).toThrow('needs a user');
    }
  });

  it('passes nothing that is not listed', () => {
    const hostile = [
      ...[
        'Authorization',
        'Bearer mine',
        'Cookie',
        'a=b',
        'X-Remote-User',
        'admin',
        'x-remote-group',
        'system:masters',
      ],
      ...['X-Remote-Extra-Scopes', 'all', 'Impersonate-User', 'root', 'impersonate-group', 'system:masters'],
      ...['Impersonate-Uid', '0', 'Impersonate-Extra-a', 'b', 'Proxy-Authorization', 'x', 'X-Forwarded-For', '::1'],
      ...[
        'Forwarded',
        'for=x',
        'Transfer-Encoding',
        'chunked',
        'TE',
        'trailers',
        'Trailer',
        'x',
        'Expect',
        '100-continue',
      ],
      ...['Keep-Alive', '5', 'Upgrade', 'h2c', 'HTTP2-Settings', 'x', 'Host', 'evil', 'Origin', 'https://evil'],
      ...['Sec-WebSocket-Key', 'x', 'Sec-WebSocket-Protocol', 'x', 'X-HTTP-Method-Override', 'DELETE', 'Audit-ID', 'x'],
    ];
    const names = namesOf(build(hostile));
    expect(names).toEqual([
      'authorization',
      'impersonate-user',
      'impersonate-group',
      'impersonate-extra-session.curfew',
    ]);
  });

  it('drops what Connection names', () => {
    const names = namesOf(build(['Connection', 'keep-alive, Accept, user-agent', 'Accept', 'x', 'USER-AGENT', 'y']));
    expect(names).not.toContain('accept');
    expect(names).not.toContain('user-agent');
  });

  it('cannot be made to drop the user', () => {
    const headers = build(['Connection', 'impersonate-user, impersonate-group, authorization']);
    expect(headers).toContain('curfew:alice');
    expect(headers).toContain('Bearer cluster');
  });

  it('takes bearer tokens out of the offered protocols (they authenticate alone)', () => {
    const raw = [
      ...['Sec-WebSocket-Protocol', 'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.dG9rZW4'],
      ...['sec-websocket-protocol', 'BASE64URL.bearer.authorization.k8s.io.dG9rZW4'],
      ...['Sec-WebSocket-Key', 'key', 'Sec-WebSocket-Version', '13', 'Sec-WebSocket-Extensions', 'permessage-deflate'],
    ];
    const headers = build(raw, { upgrade: 'websocket' });
    expect(headers.join('\n')).not.toMatch(/bearer\.authorization|deflate/i);
    expect(headerValue(headers, 'sec-websocket-protocol')).toBe('v5.channel.k8s.io');
    expect(headers.slice(headers.indexOf('connection'))).toEqual(
      expect.arrayContaining(['connection', 'Upgrade', 'upgrade', 'websocket']),
    );
  });

  it('passes the protocols of remote commands, each one', () => {
    const raw = ['X-Stream-Protocol-Version', 'v4.channel.k8s.io', 'X-Stream-Protocol-Version', 'channel.k8s.io'];
    const headers = build(raw, { upgrade: 'SPDY/3.1' });
    expect(namesOf(headers).filter((name) => name === 'x-stream-protocol-version')).toHaveLength(2);
  });
});

describe('triesToImpersonate', () => {
  it.each(['Impersonate-User', 'impersonate-group', 'IMPERSONATE-UID', 'Impersonate-Extra-Scopes', 'imPersonate-x'])(
    'sees %s',
    (name) => {
      expect(triesToImpersonate(['Accept', 'x', name, 'y'])).toBe(true);
    },
  );

  it('sees nothing else', () => {
    expect(triesToImpersonate(['Accept', 'impersonate-user', 'If-Match', 'x'])).toBe(false);
  });
});

describe('headerBytes', () => {
  it('counts names and values', () => {
    expect(headerBytes(['a', 'bc'])).toBe(7);
  });
});
