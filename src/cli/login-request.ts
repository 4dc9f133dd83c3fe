import { hash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { z } from 'zod';
import { PortalError } from '../core/portal-error.ts';
import { HOSTNAME_PATTERN, askedLoginSchema, takenLoginSchema } from '../wire/login-request.ts';
import { listenForCode } from './login-code-listener.ts';
import type { BroughtCode, CodeListener } from './login-code-listener.ts';
import { openBrowser } from './open-browser.ts';
import { PortalClient } from './portal-client.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';

type Portal = Pick<SignIn, 'server' | 'caPem'>;
type TakenLogin = z.infer<typeof takenLoginSchema>;

/** A portal that asks more often than it may is asked so much more seldom from then on (RFC 8628, 3.5). */
const SLOWER_BY_MS = 5000;
const ASK_LATER = new Set(['too-many-attempts', 'overloaded', 'unavailable']);

/**
 * Signs in through the browser of this machine: authorization code with PKCE and a redirect to 127.0.0.1 (RFC 8252).
 *
 * @param isForPrograms what somebody is to open is told as JSON
 * @returns null where no browser could be opened
 * @throws PortalError `forbidden` where somebody refused, `login-request-over`
 */
export async function loginInBrowser(
  portal: Portal,
  isForPrograms: boolean,
  around: Surroundings,
): Promise<TakenLogin | null> {
  const state = secret();
  const listener = await listenForCode(state);
  try {
    const login = await ask(portal, listener.port);
    const url = `${portal.server}/command-line/sign-in?request=${login.challenge}&state=${state}`;
    if (!(await openBrowser(url, around))) return null;
    const sentence = `Your browser opens a page of ${portal.server}. If it does not, open this one yourself:\n  ${url}`;
    around.tell(isForPrograms ? JSON.stringify({ url }) : sentence);
    const brought = await within(login.expiresInSeconds * 1000, listener, around);
    return await fetchToken(login.verifier, brought, portal);
  } finally {
    listener.close();
  }
}

/** Signs in by a code that somebody types in a browser elsewhere (after RFC 8628). @throws PortalError as above */
export async function loginByCode(portal: Portal, isForPrograms: boolean, around: Surroundings): Promise<TakenLogin> {
  const { clock } = around;
  const { verifier, userCode, ...login } = await ask(portal, undefined);
  const url = `${portal.server}/device`;
  const { expiresInSeconds } = login;
  around.tell(
    isForPrograms
      ? JSON.stringify({ url, userCode, expiresInSeconds })
      : codeSentences(url, userCode, expiresInSeconds),
  );
  const giveUpAt = clock.now() + expiresInSeconds * 1000;
  let pauseMs = login.pollAfterSeconds * 1000;
  for (;;) {
    await new Promise<void>((resolve) => clock.setTimer(clock.now() + pauseMs, resolve));
    if (clock.now() > giveUpAt) throw nobodyAgreed();
    try {
      const taken = await take(portal, verifier);
      if (taken !== null) return taken;
    } catch (error) {
      if (!(error instanceof PortalError) || !ASK_LATER.has(error.code)) throw error;
      pauseMs = Math.max(pauseMs + SLOWER_BY_MS, error.retryAfterMs ?? 0);
    }
  }
}

async function ask(portal: Portal, redirectPort: number | undefined) {
  const verifier = secret();
  const challenge = hash('sha256', verifier, 'base64url');
  const body = { challenge, hostname: nameOfMachine(hostname()), redirectPort };
  const answer = await new PortalClient(portal).send('POST', '/api/login-requests', body).catch((error: unknown) => {
    const isUnknown = error instanceof PortalError && ['not-found', 'method-not-allowed'].includes(error.code);
    if (!isUnknown) throw error;
    const message = `${portal.server} is older than this command: it signs in with a password only. Say --password.`;
    throw new PortalError('unavailable', message);
  });
  return { ...askedLoginSchema.parse(answer), verifier, challenge };
}

/** @returns null where nobody has decided yet */
async function take(portal: Portal, verifier: string, code?: string): Promise<TakenLogin | null> {
  const answer = await new PortalClient(portal).send('POST', '/api/login-requests/token', { verifier, code });
  return takenLoginSchema.safeParse(answer).data ?? null;
}

async function fetchToken(verifier: string, brought: BroughtCode, portal: Portal): Promise<TakenLogin> {
  try {
    const taken = await take(portal, verifier, brought.code);
    if (taken === null) throw new PortalError('login-request-over', 'The portal does not know of any consent.');
    await brought.goOn(`${portal.server}/command-line/signed-in`);
    return taken;
  } catch (error) {
    await brought.fail((error as Error).message);
    throw error;
  }
}

async function within(ms: number, { brought }: CodeListener, { clock }: Surroundings): Promise<BroughtCode> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(clock.now() + ms, () => reject(nobodyAgreed()));
  return Promise.race([brought, promise]).finally(() => timer.dispose());
}

function codeSentences(url: string, userCode: string | null, seconds: number): string {
  return [
    `Open ${url} in any browser, and type this code there:\n`,
    `    ${userCode ?? ''}\n`,
    `It works once, within ${Math.round(seconds / 60)} minutes. Keep that page open until you are signed in here.`,
  ].join('\n');
}

function nobodyAgreed(): PortalError {
  return new PortalError('login-request-over', 'Nobody agreed in the browser in time. Run `curfew login` again.');
}

/** 256 random bits. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** What the page shows; a portal takes nothing but letters, digits and a few marks. */
function nameOfMachine(name: string): string {
  const plain = name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return HOSTNAME_PATTERN.test(plain) ? plain : 'unknown';
}
