import { PortalError } from '../core/portal-error.ts';
import { ownSessionSchema, sessionViewSchema } from '../wire/session.ts';
import type { OwnSession, SessionView } from '../wire/session.ts';
import { readAllPages } from './pages.ts';
import { PortalClient } from './portal-client.ts';
import { placeOf } from './sessions.ts';
import type { ListOptions } from './sessions.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf, describeLeft, describeLeftBriefly, table } from './words.ts';

/** A shell that waits for its prompt waits no longer. */
const PROMPT_SILENCE_MS = 1000;
const SIGNED_OUT = new Set(['authentication-required', 'session-ended']);
const TICK_MS = 1000;
/** How often a countdown asks the portal. */
const ASK_MS = 5000;

export interface StatusOptions extends ListOptions {
  readonly prompt?: boolean;
  readonly watch?: boolean;
}

/** `curfew status`: who, and what ends when by which limit. */
export async function status(options: StatusOptions, around: Surroundings): Promise<void> {
  if (options.prompt === true) return printPrompt(options, around);
  const signIn = around.signIns.require(options.server);
  if (options.watch === true) return watch(signIn, around).finally(() => around.terminal.overwrite('\n'));
  const { own, sessions } = await readStatus(signIn);
  if (options.json === true) {
    const items = sessions.filter(({ current }) => current);
    return around.print(JSON.stringify({ server: signIn.server, ...own, sessions: items }, null, 2));
  }
  const now = Date.parse(own.now);
  const rows = [
    ['portal', describeEndOf(own, now)],
    ...kubernetesOf(sessions).map((session) => [placeOf(session), describeEndOf(session, now)]),
  ];
  const readOnly = own.user.readOnly ? ', read-only' : '';
  around.print(`${own.user.username} (${own.user.role}${readOnly}) at ${signIn.server}\n`);
  around.print(table(['SESSION', 'END'], rows));
}

/** The countdown for a prompt; nothing where nobody is signed in, which is no error there. */
async function printPrompt(options: StatusOptions, { signIns, print }: Surroundings): Promise<void> {
  try {
    const portal = new PortalClient(signIns.require(options.server));
    const asked = { background: true, silenceMs: PROMPT_SILENCE_MS };
    const own = ownSessionSchema.parse(await portal.send('GET', '/api/session', undefined, asked));
    if (own.endsAt !== null) print(`curfew:${describeLeftBriefly(Date.parse(own.endsAt) - Date.parse(own.now))}`);
  } catch (error) {
    const isSignedOut = error instanceof PortalError && SIGNED_OUT.has(error.code);
    if (!isSignedOut) throw error;
  }
}

/** Counts down until the portal session ends, and says then how it ended. */
async function watch(signIn: SignIn, around: Surroundings): Promise<never> {
  const { clock, terminal, print } = around;
  let last = '';
  for (;;) {
    const { own, sessions } = await readStatus(signIn, { background: true });
    const ahead = Date.parse(own.now) - clock.now();
    const askAgainAt = clock.now() + ASK_MS;
    while (clock.now() < askAgainAt) {
      const line = countdown(own, sessions, clock.now() + ahead);
      // Where it is no terminal, only what has changed.
      if (!terminal.overwrite(line) && line !== last) print(line);
      last = line;
      if (own.endsAt !== null && clock.now() + ahead >= Date.parse(own.endsAt)) break;
      await new Promise<void>((resolve) => clock.setTimer(clock.now() + TICK_MS, resolve));
    }
  }
}

function countdown(own: OwnSession, sessions: readonly SessionView[], now: number): string {
  const left = (endsAt: string | null) => (endsAt === null ? 'no end' : describeLeft(Date.parse(endsAt) - now));
  const parts = kubernetesOf(sessions).map((session) => `${placeOf(session)} ${left(session.endsAt)}`);
  return [`portal ${left(own.endsAt)}`, ...parts].join(', ');
}

async function readStatus(signIn: SignIn, options: { background?: boolean } = {}) {
  const portal = new PortalClient(signIn);
  const own = ownSessionSchema.parse(await portal.send('GET', '/api/session', undefined, options));
  return { own, sessions: await readAllPages(portal, '/api/sessions?state=live', sessionViewSchema, options) };
}

function kubernetesOf(sessions: readonly SessionView[]): SessionView[] {
  return sessions.filter(({ kind, current }) => kind === 'kubernetes' && current);
}
