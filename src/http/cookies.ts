import type { FastifyReply } from 'fastify';
import '@fastify/cookie';
import { DEVICE_LIFE_MS } from '../identity/known-devices.ts';

/** The cookie that holds the session. `__Host-` binds it to this host, to HTTPS (or localhost) and to no domain. */
export const SESSION_COOKIE = '__Host-curfew';
/** Recognises a browser in which somebody has signed in before: it is no credential, only an exemption from throttling. */
export const DEVICE_COOKIE = '__Host-curfew-device';

const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

/** No `Max-Age`: the server ends sessions, a cookie's expiry does not (NIST SP 800-63B-4). */
export function setSessionCookies(reply: FastifyReply, token: string, device: string): void {
  reply.setCookie(SESSION_COOKIE, token, ATTRIBUTES);
  reply.setCookie(DEVICE_COOKIE, device, { ...ATTRIBUTES, maxAge: DEVICE_LIFE_MS / 1000 });
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, ATTRIBUTES);
}

/** One cookie of a raw header, without parsing the others; null where it is absent or stands there twice. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  let found: string | null = null;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon < 0 ? header.length : semicolon;
    const pair = header.slice(start, end).trim();
    start = end + 1;
    if (!pair.startsWith(name) || pair[name.length] !== '=') continue;
    if (found !== null) return null;
    found = pair.slice(name.length + 1);
  }
  return found;
}
