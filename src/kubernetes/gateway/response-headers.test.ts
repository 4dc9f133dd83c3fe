import { describe, expect, it } from 'vitest';
import { headerValue } from './request-headers.ts';
import { rewriteLocation } from './redirect.ts';
import { clientHeaders, warningHeader } from './response-headers.ts';

const HOSTILE = {
  'set-cookie': ['__Host-curfew=stolen'],
  'access-control-allow-origin': '*',
  'access-control-allow-credentials': 'true',
  'clear-site-data': '"*"',
  'service-worker-allowed': '/',
  refresh: '0; url=https://evil',
  'alt-svc': 'h3="evil:443"',
  'content-security-policy': "default-src 'unsafe-inline'",
  'content-security-policy-report-only': 'x',
  'cache-control': 'public, max-age=31536000',
  'x-content-type-options': 'off',
  'strict-transport-security': 'max-age=1',
  'www-authenticate': 'Basic',
  'proxy-authenticate': 'Basic',
  link: '</x>; rel=preload',
  sourcemap: '/x',
  nel: '{}',
  'report-to': '{}',
  'cross-origin-resource-policy': 'cross-origin',
  'transfer-encoding': 'chunked',
  connection: 'keep-alive',
  location: 'https://evil',
};

describe('clientHeaders', () => {
  it('lets nothing of a hostile page through', () => {
    const headers = clientHeaders({ ...HOSTILE, 'content-type': 'text/html' }, null);
    expect(headers).toEqual([
      ...['Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'"],
      ...['X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store'],
      ...['Cross-Origin-Resource-Policy', 'same-origin', 'content-type', 'text/html'],
    ]);
  });

  it('passes what Kubernetes says, warnings each, and ours behind them', () => {
    const headers = clientHeaders({ warning: ['299 - "a"', '299 - "b"'], 'audit-id': 'x' }, '299 curfew "c"');
    expect(headers.filter((_, index) => headers[index - 1]?.toLowerCase() === 'warning')).toEqual([
      '299 - "a"',
      '299 - "b"',
      '299 curfew "c"',
    ]);
    expect(headerValue(headers, 'audit-id')).toBe('x');
  });
});

describe('warningHeader', () => {
  it('holds no quote, line break or character that a header may not hold', () => {
    expect(warningHeader('-', 'a “b” "c"\r\nSet-Cookie: x=\\ü')).toBe(`299 - "a 'b' 'c'??Set-Cookie: x=/?"`);
  });
});

describe('rewriteLocation', () => {
  const at = (location: string): string | null => rewriteLocation(location, '/k8s/clusters/demo', '');

  it('keeps a redirect below the cluster', () => {
    expect(at('/api/v1/namespaces/dev/services/web/proxy/login')).toBe(
      '/k8s/clusters/demo/api/v1/namespaces/dev/services/web/proxy/login',
    );
    expect(rewriteLocation('/base/api/v1/x', '/k8s/clusters/demo', '/base')).toBe('/k8s/clusters/demo/api/v1/x');
  });

  it.each(['https://evil', '//evil', '/login', 'login', '/api/../../../x', '/\\evil', '/api\\..', ''])(
    'follows no other: %s',
    (location) => {
      expect(at(location)).toBeNull();
    },
  );
});
