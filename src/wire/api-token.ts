import { z } from 'zod';
import { MOST_API_TOKEN_DAYS } from '../core/access.ts';

/** A permanent API token that lives (`GET /api/users/:username/tokens`, `GET /api/session/tokens`). */
const permanentTokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    madeAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().describe('Null where it was never used'),
    kubernetes: z.boolean().describe('Whether Kubernetes sessions may be opened with it'),
  })
  .meta({ id: 'PermanentToken' });
export type PermanentTokenView = z.infer<typeof permanentTokenSchema>;

export const permanentTokenListSchema = z.object({ items: z.array(permanentTokenSchema) });

/** `POST /api/users/:username/tokens`. */
export const makeTokenSchema = z.object({
  name: z.string().min(1, 'Give a name').max(256),
  days: z.int().describe(`After how many days it expires: 1 to ${MOST_API_TOKEN_DAYS}`),
  kubernetes: z.boolean().default(false),
});

/** The only answer that holds the token. */
export const madeTokenSchema = permanentTokenSchema.extend({ token: z.string() }).meta({ id: 'MadeToken' });
export type MadeToken = z.infer<typeof madeTokenSchema>;

/** `GET /api/session/token-notices`: tokens that expire soon, the own ones, and for administrators those of everybody. */
export const tokenNoticesSchema = z.object({
  days: z.int().describe('How long before its end a token is in this list; 0: never'),
  items: z.array(permanentTokenSchema.pick({ id: true, name: true, expiresAt: true }).extend({ username: z.string() })),
});
