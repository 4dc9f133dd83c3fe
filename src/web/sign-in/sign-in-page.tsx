import { Alert, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { LonePage } from '../app/message-page.tsx';
import { useSessionState } from '../session/use-session.ts';
import { CookieWarning } from './cookie-warning.tsx';
import { safeReturnTo } from './return-to.ts';
import { SignInForm } from './sign-in-form.tsx';

/** `/sign-in?returnTo=…`. Whoever is signed in goes on at once. */
export function SignInPage() {
  const { returnTo } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const { phase } = useSessionState();
  useEffect(() => {
    if (phase === 'live') void navigate({ href: safeReturnTo(returnTo), replace: true });
  }, [phase, returnTo, navigate]);
  return (
    <LonePage title="Sign in">
      <CookieWarning />
      {phase === 'unreachable' && (
        <Alert color="orange" icon={<IconPlugConnectedX aria-hidden />}>
          The portal does not answer. This page tries again by itself.
        </Alert>
      )}
      <SignInForm />
      <Text size="sm" c="dimmed">
        First time here? The portal prints a link for the first administrator when it starts.
      </Text>
    </LonePage>
  );
}
