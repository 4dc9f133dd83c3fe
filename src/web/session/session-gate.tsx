import { Button, Center, Loader, Text } from '@mantine/core';
import { Navigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { LonePage } from '../app/message-page.tsx';
import { usePortal } from '../portal/portal-context.ts';
import { EndPage } from './end-page.tsx';
import { PasswordPromptProvider } from './password-prompt.tsx';
import { useActivityReports } from './use-activity-reports.ts';
import { OwnSessionContext, useSessionState } from './use-session.ts';

/** Shows its children while the session lives, and nothing of them otherwise: they are unmounted, not covered. */
export function SessionGate({ children }: { children: ReactNode }) {
  const state = useSessionState();
  switch (state.phase) {
    case 'live':
      return (
        <OwnSessionContext value={state.own}>
          <PasswordPromptProvider key={state.own.user.username}>
            <ActivityReports />
            {children}
          </PasswordPromptProvider>
        </OwnSessionContext>
      );
    case 'ended':
      return <EndPage state={state} />;
    case 'signed-out':
      return <ToSignIn />;
    case 'unreachable':
      return <Unreachable />;
    case 'unknown':
    case 'checking':
      return <Checking />;
  }
}

function ActivityReports() {
  useActivityReports();
  return null;
}

function ToSignIn() {
  const router = useRouter();
  // Read once: while this navigates, the location is the sign-in page's already, and following it would never end.
  const [href] = useState(() => router.state.location.href);
  return <Navigate to="/sign-in" search={{ returnTo: href }} replace />;
}

function Checking() {
  return (
    <Center component="main" mih="100dvh" aria-busy>
      <Loader aria-label="Asking whether you are signed in" role="status" />
    </Center>
  );
}

function Unreachable() {
  const { session } = usePortal();
  useEffect(() => {
    const timer = setInterval(() => void session.check(), 5000);
    return () => clearInterval(timer);
  }, [session]);
  return (
    <LonePage title="The portal does not answer">
      <Text>
        Either this machine has no network, or the portal is being restarted. This page tries again by itself.
      </Text>
      <Button variant="default" onClick={() => void session.check()}>
        Try again now
      </Button>
    </LonePage>
  );
}
