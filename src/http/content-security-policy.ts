/** What pages may load, and from where: our own origin alone. */
export const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
} as const;

const PORT = /^[1-9][0-9]{0,4}$/;

/**
 * The policy of the page that hands a token over: where it is to post it (without `redirect=true`), it may also call that
 * one port of this machine, and never another host.
 */
export function handOverPolicy({ localPort, redirect }: Record<string, unknown>): string {
  const isPort = typeof localPort === 'string' && PORT.test(localPort) && Number(localPort) <= 65_535;
  const target = isPort && redirect !== 'true' ? [`http://localhost:${localPort}`] : [];
  return Object.entries({ ...CONTENT_SECURITY_POLICY, 'connect-src': ["'self'", ...target] })
    .map(([directive, values]) => [directive, ...values].join(' '))
    .join(';');
}
