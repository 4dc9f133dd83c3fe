import { MOST_API_TOKEN_DAYS } from '../core/access.ts';
import { DAY_MS } from '../core/clock.ts';
import { PortalError } from '../core/portal-error.ts';
import type { ApiTokenTerms, Session } from '../core/session.ts';
import type { User } from '../core/user.ts';
import { isVisibleText } from '../core/visible-text.ts';
import type { ApiTokenOutcome, SessionsPorts } from './ports.ts';
import type { Sessions } from './sessions.ts';
import { hashToken, newId, newToken } from './token.ts';

/** How many live API tokens a user may have. */
export const MOST_API_TOKENS = 20;

const NAME_RULE = 'A name has 1 to 64 visible characters, with single blanks between them.';

export interface ApiTokensPorts extends Pick<SessionsPorts, 'clock' | 'started'> {
  readonly store: Pick<SessionsPorts['store'], 'insertApiToken'>;
  readonly sessions: Sessions;
}

export interface NewApiToken {
  readonly name: string;
  /** After how many days it expires: a whole number from 1 to 365. */
  readonly days: number;
  readonly kubernetes: boolean;
}

/** An API token that lives: its row, with what memory knows better of its last use. */
export type LiveApiToken = Session & { readonly apiToken: ApiTokenTerms };

/** Permanent API tokens, which administrators make for automation in a user's name (docs/adr/0024). */
export class ApiTokens {
  readonly #ports: ApiTokensPorts;

  constructor(ports: ApiTokensPorts) {
    this.#ports = ports;
  }

  /**
   * Makes a token for a user. It is returned once and stored as its hash only.
   *
   * @throws PortalError `invalid-request`, `conflict`, `too-many-tokens`
   */
  async make(user: User, input: NewApiToken, by: string, address: string | null) {
    const { store, clock, started } = this.#ports;
    const terms = this.#termsOf(input);
    const now = clock.now();
    const session: LiveApiToken = {
      id: newId('at'),
      kind: 'api-token',
      userId: user.id,
      parentId: null,
      clusterId: null,
      tenantId: null,
      startedAt: now,
      lastActivityAt: now,
      end: null,
      apiToken: terms,
    };
    const token = newToken();
    const stored = { hash: hashToken(token), sessionId: session.id, purpose: 'permanent', place: null } as const;
    const until = new Date(terms.expiresAt).toISOString().slice(0, 10);
    const access = terms.kubernetes ? 'with access to Kubernetes' : 'without access to Kubernetes';
    const sentence = `${by} made the API token “${terms.name}” for ${user.username}, until ${until}, ${access}.`;
    const record = { at: now, event: 'token.issued', actor: by, subject: session.id, address, sentence } as const;
    const outcome = await store.insertApiToken(session, stored, MOST_API_TOKENS, record);
    if (outcome !== 'stored') throw refusalOf(outcome, user, terms.name);
    started('api-token');
    return { token, session };
  }

  /** The live ones of a user, those that expire first before the others. */
  async listOf(userId: string): Promise<LiveApiToken[]> {
    return (await this.listLive(userId)).map(({ token }) => token);
  }

  /** The same with whose they are; of everybody where no user is named. */
  async listLive(userId?: string): Promise<{ token: LiveApiToken; username: string }[]> {
    const { stored } = this.#ports.sessions;
    const live: { token: LiveApiToken; username: string }[] = [];
    for await (const holder of stored.liveRows('api-token', userId)) {
      const { session, user } = holder;
      const isDead = stored.judge(holder).end !== null || user.disabledAt !== null;
      if (isApiToken(session) && !isDead) live.push({ token: session, username: user.username });
    }
    return live.toSorted((a, b) => a.token.apiToken.expiresAt - b.token.apiToken.expiresAt);
  }

  /** Ends a token of a user, and what is open under it. @throws PortalError `not-found` */
  async revoke(user: Pick<User, 'id'>, id: string, by: string): Promise<void> {
    const { sessions } = this.#ports;
    const session = await sessions.find(id);
    const isTheirs = session !== null && session.kind === 'api-token' && session.userId === user.id;
    if (!isTheirs || !(await sessions.end(id, 'revoked', by)))
      throw new PortalError('not-found', 'There is no such API token, or it has ended.');
  }

  #termsOf({ name: typed, days, kubernetes }: NewApiToken): ApiTokenTerms {
    const name = typed.normalize('NFC').trim();
    if (!isVisibleText(name) || name.length > 64)
      throw new PortalError('invalid-request', NAME_RULE, { field: 'name' });
    if (!Number.isInteger(days) || days < 1 || days > MOST_API_TOKEN_DAYS) {
      const message = `An API token expires after a whole number of days from 1 to ${MOST_API_TOKEN_DAYS}.`;
      throw new PortalError('invalid-request', message, { field: 'days' });
    }
    return { name, expiresAt: this.#ports.clock.now() + days * DAY_MS, kubernetes };
  }
}

function isApiToken(session: Session): session is LiveApiToken {
  return session.apiToken !== undefined;
}

function refusalOf(outcome: Exclude<ApiTokenOutcome, 'stored'>, { username }: User, name: string): PortalError {
  switch (outcome) {
    case 'no-maker':
      return new PortalError('forbidden', 'You are no administrator any more who may make tokens.');
    case 'no-user':
      return new PortalError('conflict', `${username} is disabled or was deleted: nobody acts in that name.`);
    case 'name-taken':
      return new PortalError('conflict', `${username} has an API token “${name}” already.`, { field: 'name' });
    case 'too-many': {
      const message = `${username} has ${MOST_API_TOKENS} API tokens, as many as are allowed. Revoke one of them first.`;
      return new PortalError('too-many-tokens', message);
    }
  }
}
