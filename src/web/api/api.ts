import type { z } from 'zod';
import type { Problem } from '../../wire/problems.ts';
import { isSessionRefusal } from './api-error.ts';
import { callApi } from './transport.ts';
import type { Answer, ApiRequest } from './transport.ts';

interface Session {
  sessionId(): string | null;
  refused(problem: Problem, sessionId: string | null): void;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** For polls. A read that no person's act came shortly before is a background request in any case. */
  readonly background?: boolean;
}

/** The portal's API as pages use it: knows the session, and what is a person's act. */
export interface Api {
  read<Schema extends z.ZodType>(path: string, schema: Schema, options?: ReadOptions): Promise<z.output<Schema>>;
  write<Schema extends z.ZodType | null>(request: ApiRequest<Schema>): Promise<Answer<Schema>>;
}

export function createApi(session: Session, isPersonActive: () => boolean): Api {
  const underSession = async <Schema extends z.ZodType | null>(
    request: ApiRequest<Schema>,
  ): Promise<Answer<Schema>> => {
    const sessionId = session.sessionId();
    try {
      return await callApi(request);
    } catch (error) {
      if (isSessionRefusal(error)) session.refused(error.problem, sessionId);
      throw error;
    }
  };
  return {
    read: async (path, schema, { signal, background = false } = {}) =>
      (await underSession({
        path,
        schema,
        background: background || !isPersonActive(),
        ...(signal === undefined ? {} : { signal }),
      })) as z.output<typeof schema>,
    write: underSession,
  };
}
