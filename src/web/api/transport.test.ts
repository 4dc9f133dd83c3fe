import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ApiError, UnexpectedAnswerError, UnreachableError } from './api-error.ts';
import { callApi } from './transport.ts';

const problem = {
  type: 'about:blank',
  title: 'Too many attempts',
  status: 429,
  detail: 'Try again in 30 s.',
  code: 'too-many-attempts',
};

function answerWith(response: Response | Error) {
  const spy = vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(() => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response)));
  return spy;
}

afterEach(() => vi.restoreAllMocks());

describe('callApi', () => {
  it('marks every request as ours, and background ones as no activity', async () => {
    const spy = answerWith(Response.json({ n: 1 }));
    await callApi({ path: '/api/x', schema: z.object({ n: z.int() }), background: true });
    expect(spy.mock.calls[0]?.[1]?.headers).toMatchObject({ 'Curfew-Request': '1', 'Curfew-Activity': 'none' });
  });

  it('does not mark what a person caused', async () => {
    const spy = answerWith(new Response(null, { status: 204 }));
    expect(await callApi({ method: 'DELETE', path: '/api/x', schema: null })).toBeNull();
    expect(spy.mock.calls[0]?.[1]?.headers).not.toHaveProperty('Curfew-Activity');
  });

  it('turns a problem into an ApiError with the sentence of the portal', async () => {
    answerWith(Response.json(problem, { status: 429, headers: { 'retry-after': '30' } }));
    const error = await callApi({ path: '/api/x', schema: null }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'Try again in 30 s.',
      retryAfterMs: 30_000,
      problem: { code: 'too-many-attempts' },
    });
  });

  it('says that the portal does not answer', async () => {
    answerWith(new TypeError('Failed to fetch'));
    await expect(callApi({ path: '/api/x', schema: null })).rejects.toBeInstanceOf(UnreachableError);
  });

  it('refuses an answer of another form', async () => {
    answerWith(Response.json({ n: 'one' }));
    await expect(callApi({ path: '/api/x', schema: z.object({ n: z.int() }) })).rejects.toBeInstanceOf(
      UnexpectedAnswerError,
    );
  });

  it('refuses an error page that is no problem document', async () => {
    answerWith(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    await expect(callApi({ path: '/api/x', schema: null })).rejects.toBeInstanceOf(UnexpectedAnswerError);
  });
});
