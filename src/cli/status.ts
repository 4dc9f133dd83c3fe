import { PortalError } from '../core/portal-error.ts';
import { ownSessionSchema } from '../wire/session.ts';
import { PortalClient } from './portal-client.ts';
import { kubernetesOf, readStatus, statusJson } from './read-status.ts';
import { placeOf } from './sessions.ts';
import type { ListOptions } from './sessions.ts';
import type { Surroundings } from './surroundings.ts';
import { describeEndOf, describeLeftBriefly, table } from './words.ts';

/** A shell that waits for its prompt waits no longer. */
const PROMPT_SILENCE_MS = 1000;
const SIGNED_OUT = new Set(['authentication-required', 'session-ended']);

export interface StatusOptions extends ListOptions {
  readonly prompt?: boolean;
  readonly watch?: boolean;
}

/** `curfew status`: who, and what ends when by which limit. */
export async function status(options: StatusOptions, around: Surroundings): Promise<void> {
  if (options.prompt === true) return printPrompt(options, around);
  const signIn = around.signIns.require(options.server);
  if (options.watch === true) return (await import('./watch.ts')).watch(signIn, options.json === true, around);
  const { own, sessions } = await readStatus(signIn);
  if (options.json === true) return around.print(JSON.stringify(statusJson(signIn, { own, sessions }), null, 2));
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
