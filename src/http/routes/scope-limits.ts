import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { describeAllowed } from '../../core/catalogue.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { LimitedScope, ScopeLimitState } from '../../sessions/scope-limits.ts';
import { limitView } from '../../wire/limit.ts';
import { scopeLimitListSchema, scopeLimitSchema, scopeLimitWriteSchema } from '../../wire/scope-limit.ts';
import type { ScopeLimitView } from '../../wire/scope-limit.ts';
import { configKeySchema, configPreviewResultSchema, configPreviewSchema } from '../../wire/system-config.ts';
import { sessionOf } from '../access.ts';
import { addressOf } from '../errors.ts';
import type { HttpPorts } from '../ports.ts';
import { iso } from '../session-view.ts';

const KINDS = ['cluster', 'tenant'] as const;
type Kind = (typeof KINDS)[number];

/** Limits of one cluster and of one tenant: administrators only. */
export function scopeLimitsRoutes({ scopeLimits, limitedScope }: HttpPorts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    for (const kind of KINDS) {
      const path = `/api/${kind}s/:${kind}/limits`;
      const common = { tags: [`${kind}s`], params: z.object({ [kind]: z.string().max(128) }) };
      const ofKey = { ...common, params: common.params.extend({ key: configKeySchema }) };

      app.get(
        path,
        {
          config: { access: 'administrator' },
          schema: {
            ...common,
            summary: `The limits that a ${kind} can have, and how they stand`,
            response: { 200: scopeLimitListSchema },
          },
        },
        async ({ params }) => {
          const at = await scopeOrLimited(kind, params[kind]);
          return { scope: { ...at.scope }, items: (await scopeLimits.list(at)).map(view) };
        },
      );

      app.put(
        `${path}/:key`,
        {
          config: { access: 'administrator' },
          schema: {
            ...ofKey,
            summary: `Sets a limit of a ${kind}; a tightened one acts at once, and only there`,
            body: scopeLimitWriteSchema,
            response: { 200: scopeLimitSchema },
          },
        },
        async (request) => {
          const { [kind]: id, key } = request.params;
          const at = await scope(kind, id);
          await scopeLimits.set(at, `${key}`, request.body.value, sessionOf(request).user.username, addressOf(request));
          return stateOf(at, `${key}`);
        },
      );

      app.delete(
        `${path}/:key`,
        {
          config: { access: 'administrator' },
          schema: {
            ...ofKey,
            summary: `Removes a limit of a ${kind}, also of one that is gone; the others hold alone from then on`,
            response: { 200: scopeLimitSchema },
          },
        },
        async (request) => {
          const { [kind]: id, key } = request.params;
          const at = await scopeOrLimited(kind, id);
          await scopeLimits.remove(at, `${key}`, sessionOf(request).user.username, addressOf(request));
          return stateOf(at, `${key}`);
        },
      );

      app.post(
        `${path}/preview`,
        {
          config: { access: 'administrator', activity: false },
          schema: {
            ...common,
            summary: `How many live sessions of a ${kind} a value would end; null stands for removing the limit`,
            body: configPreviewSchema,
            response: { 200: configPreviewResultSchema },
          },
        },
        async (request) => {
          const { key, value } = request.body;
          const at = await scopeOrLimited(kind, request.params[kind]);
          const preview = await scopeLimits.preview(at, key, value, sessionOf(request).id);
          return { ...preview, note: scopeLimits.note(at, key, value) };
        },
      );
    }
    done();
  };

  /** @throws PortalError `not-found` */
  async function scope(kind: Kind, id = ''): Promise<LimitedScope> {
    const found = await limitedScope(kind, id);
    if (found === null) throw new PortalError('not-found', `There is no such ${kind}.`);
    return found;
  }

  /** Also one that is gone, as long as it has limits: they would hold again for the next cluster of its name. */
  async function scopeOrLimited(kind: Kind, id = ''): Promise<LimitedScope> {
    return (await limitedScope(kind, id)) ?? (await scopeLimits.findLimited({ kind, id })) ?? scope(kind, id);
  }

  async function stateOf(at: LimitedScope, name: string): Promise<ScopeLimitView> {
    const state = (await scopeLimits.list(at)).find(({ entry }) => entry.key === name || entry.label === name);
    if (state === undefined) throw new Error(`the limit ${name} was written and is not listed`);
    return view(state);
  }
}

function view({ entry, set, holds, note }: ScopeLimitState): ScopeLimitView {
  const { key, label, description } = entry;
  return {
    ...{ key, label, description, allowed: describeAllowed(entry) },
    value: set?.minutes ?? null,
    setBy: set?.setBy ?? null,
    setAt: set === null ? null : iso(set.setAt),
    holds: holds === null ? null : limitView(holds),
    note,
  };
}
