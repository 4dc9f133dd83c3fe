import { act, renderHook } from '@testing-library/react';
import type { SubmitEvent } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { ApiError, CancelledError } from '../api/api-error.ts';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { useSubmission } from './use-submission.ts';

const NOW = new Date(2026, 0, 1, 12, 0, 0).getTime();
const portal = { session: { clock: { now: () => NOW } } } as unknown as Portal;

async function submit(run: () => Promise<void>) {
  const { result } = renderHook(() => useSubmission(run), {
    wrapper: ({ children }) => <PortalContext value={portal}>{children}</PortalContext>,
  });
  const preventDefault = vi.fn<() => void>();
  await act(async () => result.current.submit({ preventDefault } as unknown as SubmitEvent));
  expect(preventDefault).toHaveBeenCalled();
  return result.current;
}

const refusal = (retryAfterMs: number | null) =>
  new ApiError(
    { status: 429, code: 'too-many-attempts', title: '', type: 'about:blank', detail: 'Too many.' },
    retryAfterMs,
  );

describe('useSubmission', () => {
  it('says why the portal refused, and for throttling when to try again', async () => {
    expect(await submit(() => Promise.reject(refusal(null)))).toMatchObject({ refusal: 'Too many.', isBusy: false });
    expect((await submit(() => Promise.reject(refusal(60_000)))).refusal).toMatch(/^Too many\. Try again at .*12:01/);
  });

  it('says nothing where it worked, or somebody closed the dialog that it waited for', async () => {
    expect(await submit(() => Promise.resolve())).toMatchObject({ refusal: null, isBusy: false });
    expect((await submit(() => Promise.reject(new CancelledError('Closed.')))).refusal).toBeNull();
  });

  it('is busy while it runs', async () => {
    expect((await submit(() => new Promise(() => undefined))).isBusy).toBe(true);
  });
});
