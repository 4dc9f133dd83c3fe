import { z } from 'zod';
import { ROLES } from '../core/user.ts';

/** What `GET /api/users` can be sorted by. */
export const USER_SORTS = ['username', 'role', 'lastSignInAt'] as const;

/** `GET /api/users` (administrators). */
export const userSchema = z
  .object({
    username: z.string(),
    role: z.enum(ROLES),
    readOnly: z.boolean(),
    disabled: z.boolean(),
    createdAt: z.iso.datetime(),
    lastSignInAt: z.iso.datetime().nullable(),
    liveSessions: z.int(),
    tenants: z
      .array(z.object({ id: z.string(), name: z.string(), readOnly: z.boolean() }))
      .optional()
      .describe('Those that the user may enter; an older replica does not say it'),
  })
  .meta({ id: 'User' });
export type UserView = z.infer<typeof userSchema>;

/** `POST /api/users`. */
export const createUserSchema = z.object({
  username: z.string().min(1).max(256),
  password: z.string().min(1).max(1024),
  role: z.enum(ROLES).default('User'),
  readOnly: z.boolean().default(false),
});

/** `PATCH /api/users/:username`. */
export const updateUserSchema = z.object({
  role: z.enum(ROLES).optional(),
  readOnly: z.boolean().optional(),
  disabled: z.boolean().optional(),
  password: z.string().min(1).max(1024).optional(),
});
