import { z } from 'zod';

/** One of several processes that serve on one database (`GET /api/replicas`, administrators). */
export const replicaSchema = z
  .object({
    id: z.string(),
    address: z.string().describe('Host name and port of the plain listener'),
    version: z.string(),
    startedAt: z.iso.datetime(),
    seenAt: z.iso.datetime().describe('When it last said that it is there; it does so every five seconds'),
    skewMs: z.int().describe("By how many milliseconds its machine's clock is ahead of the database's"),
    isSkewed: z.boolean().describe('Whether that is enough for an alarm. Deadlines go by the database in any case.'),
    streams: z.int().describe('How many streams are open there'),
  })
  .meta({ id: 'Replica' });

export const replicaListSchema = z.object({ items: z.array(replicaSchema) });
