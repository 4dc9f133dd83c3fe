import { z } from 'zod';

/** One entry of the record of what happened (`GET /api/audit`, administrators). */
export const auditEntrySchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    event: z.string().describe('For example `session.started`, `session.ended`, `sign-in.refused`, `config.set`'),
    actor: z.string().nullable().describe('The username, where one is known'),
    subject: z.string().nullable().describe('What it is about: a session id, a key, a username'),
    address: z.string().nullable(),
    sentence: z.string(),
  })
  .meta({ id: 'AuditEntry' });
