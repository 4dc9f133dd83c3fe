import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { ApiError, CancelledError, sentenceOf } from '../api/api-error.ts';
import { usePortal } from '../portal/portal-context.ts';
import { formatClock } from '../words/instant.ts';

export interface Submission {
  /** What was refused, as a sentence. */
  readonly refusal: string | null;
  readonly isBusy: boolean;
  readonly submit: (event: SubmitEvent) => void;
  /** For a button that is not the form's own. */
  readonly run: () => void;
}

/** Runs what a form sends, and keeps why it was refused. A dialog that was closed on the way is no refusal. */
export function useSubmission(run: () => Promise<void>): Submission {
  const { session } = usePortal();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(refusalOf(error, session.clock.now()));
    } finally {
      setBusy(false);
    }
  };
  return {
    refusal,
    isBusy,
    submit: (event) => {
      event.preventDefault();
      void send();
    },
    run: () => void send(),
  };
}

/** The portal's sentence, and for throttling the time from which on it is worth trying again. */
function refusalOf(error: unknown, now: number): string {
  if (!(error instanceof ApiError) || error.retryAfterMs === null) return sentenceOf(error);
  return `${error.message} Try again at ${formatClock(error.retryAfterMs + now, now)}.`;
}
