import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { actorOf } from './caller.ts';
import { readFirst } from './read-first.ts';
import { asSpelled, listUsers } from './users.ts';
import type { CompatPorts } from './ports.ts';

const ADMINISTRATORS = { access: 'administrator' } as const;
const userAccessBody = z.object({
  Username: z.string().min(1, 'give a Username').max(256),
  TenantId: z.string().min(1, 'give a TenantId').max(64),
  Policy: z.object({ IsReadOnly: z.boolean().nullish() }).nullish(),
  State: z.enum(['create', 'deleted'], 'State is create or deleted').nullish(),
});

/** Who may enter which tenant, for administrators. */
export function tenantAccessRoutes({ tenants, users, store }: CompatPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    readFirst(app, tenants);
    app.post(
      '/admin/UpdateUserAccess',
      { config: { ...ADMINISTRATORS, recent: true }, schema: { body: userAccessBody } },
      async (request, reply) => {
        const { Username: username, TenantId: id, Policy: policy, State: state } = request.body;
        const { user } = await users.find(asSpelled(username));
        if (state === 'deleted') await tenants.takeAccess(id, user, actorOf(request));
        else await tenants.giveAccess(id, user, policy?.IsReadOnly ?? isReadOnlyNow(id, user.id), actorOf(request));
        return reply.code(204).send();
      },
    );

    app.get('/admin/GetAllTenantAuthInfo', { config: { ...ADMINISTRATORS, activity: false } }, async () => {
      const usernames = new Map((await listUsers(store)).map(({ id, username }) => [id, username]));
      return tenants.given().map(({ tenant, access }) => ({
        TenantId: tenant.id,
        UserAccess: access.flatMap(({ userId, readOnly }) => {
          const username = usernames.get(userId);
          return username === undefined ? [] : [{ Username: username, Policy: { IsReadOnly: readOnly } }];
        }),
      }));
    });

    app.get(
      '/v3/admin/user/:username/tenantAccess',
      {
        config: { ...ADMINISTRATORS, activity: false },
        schema: {
          params: z.object({ username: z.string().max(256) }),
          querystring: z.object({ adminAccess: z.string().optional() }),
        },
      },
      async ({ params: { username }, query: { adminAccess } }) => {
        const { user } = await users.find(username);
        // What administrators enter without having been given it counts where that is asked for.
        if (user.role === 'Administrator' && adminAccess !== 'false')
          return tenants.tenantsOf(user).map(({ tenant, readOnly }) => accessRow(tenant, readOnly));
        return tenants.given().flatMap(({ tenant, access }) => {
          const own = access.find(({ userId }) => userId === user.id);
          return own === undefined ? [] : [accessRow(tenant, own.readOnly)];
        });
      },
    );
    done();
  };

  /** What a call leaves out stays as it is. */
  function isReadOnlyNow(id: string, userId: string): boolean {
    const access = tenants.given().find(({ tenant }) => tenant.id === id)?.access;
    return access?.find((each) => each.userId === userId)?.readOnly ?? false;
  }
}

function accessRow({ id, name }: { id: string; name: string }, readOnly: boolean) {
  return { AccountName: name, TenantId: id, Policy: { IsReadOnly: readOnly } };
}
