import { ownSessionSchema, sessionViewSchema } from '../wire/session.ts';
import type { OwnSession, SessionView } from '../wire/session.ts';
import { readAllPages } from './pages.ts';
import { PortalClient } from './portal-client.ts';
import type { SignIn } from './sign-ins.ts';

/** How the caller's session stands, and what lives under it. */
export interface Status {
  readonly own: OwnSession;
  readonly sessions: readonly SessionView[];
}

export async function readStatus(signIn: SignIn, options: { background?: boolean } = {}): Promise<Status> {
  const portal = new PortalClient(signIn);
  const own = ownSessionSchema.parse(await portal.send('GET', '/api/session', undefined, options));
  return { own, sessions: await readAllPages(portal, '/api/sessions?state=live', sessionViewSchema, options) };
}

/** What programs read. */
export function statusJson({ server }: SignIn, { own, sessions }: Status): object {
  return { server, ...own, sessions: sessions.filter(({ current }) => current) };
}

export function kubernetesOf(sessions: readonly SessionView[]): SessionView[] {
  return sessions.filter(({ kind, current }) => kind === 'kubernetes' && current);
}
