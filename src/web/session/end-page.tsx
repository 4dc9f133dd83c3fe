import { Alert, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useState } from 'react';
import { LonePage } from '../app/message-page.tsx';
import { usePortal } from '../portal/portal-context.ts';
import { SignInForm } from '../sign-in/sign-in-form.tsx';
import { ClockTime } from '../words/time-text.tsx';
import { causeOf } from './end-words.ts';
import type { SessionState } from './session-state.ts';

type Ended = Extract<SessionState, { phase: 'ended' }>;

/** What stands in place of the page once its session is over: when, why, and the way back. */
export function EndPage({ state }: { state: Ended }) {
  const { drafts } = usePortal();
  const { username } = state.own.user;
  const [keepsDrafts] = useState(() => drafts.has(username));
  const cause = causeOf(state.end);
  return (
    <LonePage title="You were signed out">
      <Text role="status">
        You were signed out
        {state.end.endedAt !== null && (
          <>
            {' '}
            at <ClockTime at={state.end.endedAt} />
          </>
        )}
        .{' '}
        {cause !== null && (
          <>
            {cause.label !== null && <em>{cause.label}</em>}
            {cause.rest}
          </>
        )}{' '}
        {keepsDrafts && <>What you typed is kept.</>}
      </Text>
      {!state.confirmed && (
        <Alert color="gray" icon={<IconPlugConnectedX aria-hidden />}>
          The time is up by this page&apos;s own count; the portal has not confirmed it yet.
        </Alert>
      )}
      <SignInForm username={username} />
      <Text size="sm" c="dimmed">
        Signing in as {username} brings you back to where you were.
      </Text>
    </LonePage>
  );
}
