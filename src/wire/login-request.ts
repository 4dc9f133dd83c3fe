import { z } from 'zod';
import { signedInSchema } from './session.ts';

const instant = z.iso.datetime();
/** 256 bits in base64url. */
const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'Give 43 characters of base64url');
/** What a command line may say of its machine: shown to people, so that it can be no sentence. */
export const HOSTNAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `POST /api/login-requests`: a command line asks to be signed in. */
export const askLoginSchema = z.object({
  challenge: secret.describe('BASE64URL(SHA256(verifier)), as code_challenge with S256 (RFC 7636)'),
  hostname: z.string().regex(HOSTNAME_PATTERN, 'Give a host name'),
  redirectPort: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('Where a browser of the same machine brings the code: a port of 127.0.0.1. Absent: a person types one'),
});

export const askedLoginSchema = z
  .object({
    userCode: z.string().nullable().describe('For a person to type at `/device`'),
    expiresInSeconds: z.int(),
    pollAfterSeconds: z.int().describe('How long to wait between two questions whether somebody has agreed'),
  })
  .meta({ id: 'AskedLogin' });

/** How a page names a request. */
const namedLoginSchema = z.union([
  z.object({ challenge: secret }),
  z.object({ userCode: z.string().min(1).max(32).describe('As it was typed') }),
]);
export type NamedLogin = z.infer<typeof namedLoginSchema>;

/** `POST /api/login-requests/view`. Not a GET: a code belongs in no address. */
export const viewLoginSchema = namedLoginSchema;

/** `POST /api/login-requests/decision`. */
export const decideLoginSchema = z.intersection(namedLoginSchema, z.object({ approve: z.boolean() }));

/** What somebody is asked to agree to. */
export const loginRequestSchema = z
  .object({
    hostname: z.string().describe('What the command line says; nobody has checked it'),
    address: z.string().describe('Where it asked from'),
    fromSameNetwork: z.boolean().describe('Whether that is where the caller is, too'),
    requestedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: 'LoginRequest' });
export type LoginRequestView = z.infer<typeof loginRequestSchema>;

export const decidedLoginSchema = z
  .object({
    redirectPort: z.int().nullable().describe('The port of 127.0.0.1 that the browser goes to'),
    code: z.string().nullable().describe('What it brings there; works once, for a minute'),
  })
  .meta({ id: 'DecidedLogin' });

/** `POST /api/login-requests/token`. */
export const takeLoginSchema = z.object({
  verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/, 'Give 43 to 128 characters (RFC 7636)'),
  code: secret.optional(),
});

export const takenLoginSchema = signedInSchema.required({ token: true }).meta({ id: 'TakenLogin' });
export const pendingLoginSchema = z.object({ pollAfterSeconds: z.int() }).meta({ id: 'PendingLogin' });
