import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Setting } from '../sessions/ports.ts';
import { callerOf } from './caller.ts';
import type { CompatPorts } from './ports.ts';

const PATH = '/v3/admin/systemSettings/config';
/** Terraform leaves out a Value that is empty. */
const settingBody = z.object({
  Key: z.string().min(1, 'give a Key').max(256),
  Type: z.string().min(1, 'give a Type').max(128),
  Value: z.string().max(4096).default(''),
});

/** A setting as the clients know it, byte for byte as it was given. */
export function settingRow({ type, key, value }: Pick<Setting, 'type' | 'key' | 'value'>) {
  return { Type: type, Key: key, Value: value };
}

/** System settings: a row is found by its Key alone, and POST creates and updates. */
export function systemSettingsRoutes({ systemConfig }: CompatPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(PATH, { config: { access: 'administrator', activity: false } }, async () =>
      (await systemConfig.list()).map(settingRow),
    );

    app.post(PATH, { config: { access: 'administrator' }, schema: { body: settingBody } }, async (request) => {
      const { Type: type, Key: key, Value: value } = request.body;
      return settingRow(await systemConfig.set({ type, key, value }, callerOf(request).user.username, request.ip));
    });

    // The rest of the path, since some clients leave a slash in a key as it is.
    app.delete(
      `${PATH}/*`,
      { config: { access: 'administrator' }, schema: { params: z.object({ '*': z.string() }) } },
      async (request) => {
        await systemConfig.delete(request.params['*'], callerOf(request).user.username, request.ip);
        return null;
      },
    );
    done();
  };
}
