import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../core/portal-error.ts';
import { ROLES, USERNAME_RULE, normalizeUsername } from '../core/user.ts';
import type { Role, User } from '../core/user.ts';
import type { Actor } from '../identity/users.ts';
import { newToken } from '../sessions/token.ts';
import { actorOf } from './caller.ts';
import type { CompatPorts } from './ports.ts';

const AT_A_TIME = 500;
const NO_ADMINISTRATORS = 'Administrators are made on the page Users of the portal, and not with a token.';

const userRoleBody = z.object({
  Username: z.string().min(1, 'give a Username').max(256),
  Roles: z.array(z.string()).nullish(),
  IsReadOnly: z.boolean().nullish(),
  State: z.enum(['added', 'updated', 'deleted'], 'State is added, updated or deleted').nullish(),
});

/** A user as the clients know it; a session's token is shown to nobody. */
function userRow({ username, role, readOnly }: User) {
  return {
    Username: username,
    Roles: [role],
    IsReadOnly: readOnly,
    ReallocateVpnAddress: false,
    VpnStaticIp: '',
    CurrentSessionToken: '',
  };
}

/** Users. As with the portal's own API, changing them needs a recent authentication (docs/adr/0025). */
export function usersRoutes({ users, store }: CompatPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get('/admin/GetAllUserRoles', { config: { access: 'administrator', activity: false } }, async () =>
      (await listUsers(store)).map(userRow),
    );

    app.post(
      '/admin/UpdateUserRole',
      { config: { access: 'administrator', recent: true }, schema: { body: userRoleBody } },
      async (request) => {
        const { Username: username, Roles: roles, IsReadOnly: readOnly, State: state } = request.body;
        const by = actorOf(request);
        if (state === 'deleted') {
          await users.delete(asSpelled(username), by);
          return null;
        }
        return userRow(await put(username, roleOf(roles ?? null), readOnly ?? undefined, by));
      },
    );
    done();
  };

  async function find(username: string): Promise<User | null> {
    try {
      return (await users.find(username)).user;
    } catch (error) {
      if (error instanceof PortalError && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** Changes a user, or creates one, whom nobody knows a password of until an administrator sets one. */
  async function put(username: string, role: Role | undefined, readOnly: boolean | undefined, by: Actor) {
    const before = await find(asSpelled(username));
    // It would outlive the token that it was made with, which somebody may have stolen.
    const isRaised = role === 'Administrator' && before?.role !== role;
    const isWidened = readOnly === false && before?.role === 'Administrator' && before.readOnly;
    if (isRaised || isWidened) throw new PortalError('forbidden', NO_ADMINISTRATORS);
    if (before !== null) return users.update(username, { role, readOnly }, by);
    if (role === undefined) throw new PortalError('invalid-request', 'Give Roles: a new user is ["User"].');
    return users.create({ username, password: newToken(), role, readOnly: readOnly ?? false }, by);
  }
}

export async function listUsers(store: CompatPorts['store']): Promise<User[]> {
  const found: User[] = [];
  for (;;) {
    const { items, total } = await store.listAccounts({ search: '', offset: found.length, limit: AT_A_TIME });
    found.push(...items.map(({ user }) => user));
    if (items.length === 0 || found.length >= total) return found;
  }
}

/**
 * A username as it is stored. A client that is answered with another spelling looks for its own until it gives up.
 *
 * @throws PortalError `invalid-request`
 */
export function asSpelled(username: string): string {
  if (normalizeUsername(username) !== username) throw new PortalError('invalid-request', USERNAME_RULE);
  return username;
}

const EITHER = ROLES.map((role) => `["${role}"]`).join(' or ');

/** @throws PortalError `invalid-request` for anything but one of the roles that there are */
function roleOf(roles: readonly string[] | null): Role | undefined {
  if (roles === null) return undefined;
  const role = ROLES.find((each) => each === roles[0]);
  if (role !== undefined && roles.length === 1) return role;
  const message = `Roles is ${EITHER} here: a user has one role, and there are no others. What was given is not: ${JSON.stringify(roles)}.`;
  throw new PortalError('invalid-request', message);
}
