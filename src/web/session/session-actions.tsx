import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sentenceOf } from '../api/api-error.ts';
import { usePortal } from '../portal/portal-context.ts';
import { canBeExtended } from './countdown.ts';
import { usePasswordPrompt } from './password-prompt.tsx';
import { useOwnSession } from './use-session.ts';

const WHY_SIGN_IN_AGAIN =
  'Only signing in again renews a session that its maximum duration ends. Your pages and what you typed stay.';

interface Props {
  readonly onDone?: () => void;
}

/** What can be done against the end: *Stay signed in* while inactivity decides, else *Sign in again now*. */
export function RenewButton(props: Props) {
  return canBeExtended(useOwnSession()) ? <StayButton {...props} /> : <SignInAgainButton {...props} />;
}

/** Asks for the password, and starts new sessions in place of the present ones. */
export function SignInAgainButton({ onDone }: Props) {
  const ask = usePasswordPrompt();
  const signInAgain = async (): Promise<void> => {
    onDone?.();
    await ask({ title: 'Sign in again', why: WHY_SIGN_IN_AGAIN });
  };
  return (
    <Button size="xs" onClick={() => void signInAgain()} data-autofocus>
      Sign in again now
    </Button>
  );
}

function StayButton({ onDone }: Props) {
  const { session } = usePortal();
  const [isBusy, setBusy] = useState(false);
  const stay = async (): Promise<void> => {
    setBusy(true);
    try {
      await session.reportActivity();
      onDone?.();
    } catch (error) {
      notifications.show({ color: 'red', title: 'Not extended', message: sentenceOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="xs" loading={isBusy} onClick={() => void stay()} data-autofocus>
      Stay signed in
    </Button>
  );
}
