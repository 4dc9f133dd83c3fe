import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { PortalError } from '../core/portal-error.ts';
import { signedInSchema } from '../wire/session.ts';
import type { OwnSession } from '../wire/session.ts';
import { loginByCode, loginInBrowser } from './login-request.ts';
import { mayOpenBrowser } from './open-browser.ts';
import { PortalClient } from './portal-client.ts';
import { parseServer } from './sign-ins.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf } from './words.ts';

export interface LoginOptions {
  readonly server?: string;
  readonly device?: boolean;
  readonly password?: boolean;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly caFile?: string;
  readonly json?: boolean;
}

type Portal = Pick<SignIn, 'server' | 'caPem'>;

/** `curfew login`: gets a token in the browser, by a code, or for a password. It replaces the one that there was. */
export async function login(options: LoginOptions, around: Surroundings): Promise<void> {
  const { signIns, print, clock } = around;
  const server = chooseServer(options, around);
  const before = signIns.find(server);
  const caPem = options.caFile === undefined ? (before?.caPem ?? null) : readAuthority(options.caFile);
  const { token = '', ...session } = await signInSomehow({ server, caPem }, options, before, around);
  signIns.save({ server, username: session.user.username, sessionId: session.session.id, token, caPem });
  if (before !== null) await endSession(before);
  print(options.json === true ? JSON.stringify(session, null, 2) : welcome(session, server, clock.now()));
}

/** With a password where one is spoken of; else in the browser, and where there is none by a code. */
async function signInSomehow(portal: Portal, options: LoginOptions, before: SignIn | null, around: Surroundings) {
  const { password = false, passwordStdin = false, username, device = false, json = false } = options;
  if (password || passwordStdin || username !== undefined) return signInByPassword(portal, options, before, around);
  const inBrowser = !device && mayOpenBrowser(around) ? await loginInBrowser(portal, json, around) : null;
  if (inBrowser !== null) return inBrowser;
  if (device || around.terminal.isInteractive) return loginByCode(portal, json, around);
  const remedy = 'Say --device for a code all the same, or give the password on stdin with --password-stdin.';
  throw new PortalError('invalid-request', `There is no browser to open, and no terminal to show a code on. ${remedy}`);
}

async function signInByPassword(portal: Portal, options: LoginOptions, before: SignIn | null, around: Surroundings) {
  const username = await chooseUsername(options, before, around);
  const password = await readPassword(options, `Password of ${username} at ${portal.server}: `, around);
  const answer = await new PortalClient(portal).send('POST', '/api/session', { username, password, bearer: true });
  return signedInSchema.parse(answer);
}

/** `curfew logout`: ends the session on the server, and forgets it here. */
export async function logout(
  options: { server?: string; json?: boolean },
  { signIns, print }: Surroundings,
): Promise<void> {
  const signIn = signIns.require(options.server);
  try {
    await endSession(signIn);
  } finally {
    signIns.remove(signIn.server);
  }
  const { server, username } = signIn;
  print(options.json === true ? JSON.stringify({ server, username }) : `Signed out of ${server}.`);
}

/** Ends a session, which may have ended by itself before. */
async function endSession(signIn: SignIn): Promise<void> {
  try {
    await new PortalClient(signIn).send('DELETE', '/api/session');
  } catch (error) {
    const isOver = error instanceof PortalError && ['session-ended', 'authentication-required'].includes(error.code);
    if (!isOver) throw error;
  }
}

function welcome(session: OwnSession, server: string, now: number): string {
  const skew = Date.parse(session.now) - now;
  const end = describeEndOf(session, now + skew);
  return `Signed in to ${server} as ${session.user.username}. The session ${end}.`;
}

function chooseServer({ server }: LoginOptions, { signIns }: Surroundings): string {
  const chosen = server ?? signIns.current();
  if (chosen === null)
    throw new PortalError('invalid-request', 'Say which portal: curfew login --server https://curfew.example');
  return parseServer(chosen);
}

async function chooseUsername(options: LoginOptions, before: SignIn | null, { terminal }: Surroundings) {
  if (options.username !== undefined) return options.username;
  if (!terminal.isInteractive || options.passwordStdin === true) {
    if (before !== null) return before.username;
    throw new PortalError('invalid-request', 'Say who you are: --username NAME');
  }
  const offered = before === null ? '' : ` [${before.username}]`;
  return (await terminal.ask(`Username${offered}: `)) || (before?.username ?? '');
}

function readPassword(options: LoginOptions, question: string, { terminal }: Surroundings): Promise<string> {
  if (options.passwordStdin === true) return terminal.readAll();
  if (terminal.isInteractive) return terminal.askSecretly(question);
  const remedy = 'Run it on one, or give the password on stdin with --password-stdin.';
  throw new PortalError('invalid-request', `There is no terminal to ask for the password on. ${remedy}`);
}

function readAuthority(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    void new X509Certificate(pem);
    return pem;
  } catch (error) {
    const reason = (error as Error).message;
    throw new PortalError('invalid-request', `The file of --ca-file is no certificate (PEM): ${reason}.`);
  }
}
