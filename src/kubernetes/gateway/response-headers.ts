/**
 * What a cluster may say to the client. An allow-list: what a pod behind `proxy` sends must not reach the browser's
 * cookies, caches, permissions or service workers on our origin (security, Other people's pages).
 */
const PASSED = new Set([
  'accept-ranges',
  'age',
  'allow',
  'audit-id',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'retry-after',
  'vary',
  'warning',
  'x-kubernetes-pf-flowschema-uid',
  'x-kubernetes-pf-prioritylevel-uid',
]);

/** On every answer under `/k8s`, whoever gave it. */
export const SECURITY_HEADERS: readonly string[] = [
  'Content-Security-Policy',
  "sandbox; default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options',
  'nosniff',
  'Cache-Control',
  'no-store',
  'Cross-Origin-Resource-Policy',
  'same-origin',
];

/**
 * The headers of an answer that comes from the cluster, name and value in turn.
 *
 * @param warning a warning of ours that goes along; null for none
 */
export function clientHeaders(
  upstream: Readonly<Record<string, string | string[] | undefined>>,
  warning: string | null,
): string[] {
  const headers: string[] = [...SECURITY_HEADERS];
  for (const name in upstream) {
    if (!PASSED.has(name)) continue;
    const value = upstream[name];
    if (typeof value === 'string') headers.push(name, value);
    else if (value !== undefined) for (const each of value) headers.push(name, each);
  }
  if (warning !== null) headers.push('Warning', warning);
  return headers;
}

/** A `Warning` header that kubectl prints (RFC 7234, section 5.5; code 299). */
export function warningHeader(agent: '-' | 'curfew', text: string): string {
  // Header values are Latin-1 at most; kubectl wants the text quoted.
  const plain = text
    .replaceAll(/[“”"]/g, "'")
    .replaceAll('’', "'")
    .replaceAll('…', '...')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .replaceAll('\\', '/');
  return `299 ${agent} "${plain}"`;
}
