import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { createContext, useCallback, useContext, useState } from 'react';
import type { ReactNode } from 'react';
import { ApiError, CancelledError } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { PasswordField } from '../forms/password-field.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { usePortal } from '../portal/portal-context.ts';
import { useOwnSession } from './use-session.ts';

interface Request {
  readonly title: string;
  readonly why: string;
}

interface Open extends Request {
  readonly settle: (confirmed: boolean) => void;
}

type Ask = (request: Request) => Promise<boolean>;

const PasswordPromptContext = createContext<Ask | null>(null);

/** Holds the one dialog that asks for the user's own password again. */
export function PasswordPromptProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const ask = useCallback<Ask>(
    (request) =>
      new Promise((resolve) => {
        setOpen({
          ...request,
          settle: (confirmed) => {
            setOpen(null);
            resolve(confirmed);
          },
        });
      }),
    [],
  );
  return (
    <PasswordPromptContext value={ask}>
      {children}
      {open !== null && <PasswordDialog {...open} />}
    </PasswordPromptContext>
  );
}

/** Asks for the password and signs in again. The answer says whether that happened. */
export function usePasswordPrompt(): Ask {
  const ask = useContext(PasswordPromptContext);
  if (ask === null) throw new Error('usePasswordPrompt needs the session gate above it');
  return ask;
}

/**
 * Runs a call; where the portal wants the password again first, asks for it and runs the call once more.
 *
 * @throws CancelledError where the dialog was closed, else what the call throws
 */
export function useConfirmed(): <Result>(call: () => Promise<Result>) => Promise<Result> {
  const ask = usePasswordPrompt();
  return useCallback(
    async (call) => {
      try {
        return await call();
      } catch (error) {
        const request = requestFor(error);
        if (request === null) throw error;
        if (!(await ask(request))) throw new CancelledError('The password was not confirmed.');
        return call();
      }
    },
    [ask],
  );
}

function requestFor(error: unknown): Request | null {
  if (!(error instanceof ApiError)) return null;
  if (error.problem.code === 'recent-authentication-required')
    return { title: 'Confirm your password', why: error.message };
  if (error.problem.code === 'reauthentication-required') return { title: 'Sign in again', why: error.message };
  return null;
}

function PasswordDialog({ title, why, settle }: Open) {
  const { session } = usePortal();
  const { username } = useOwnSession().user;
  const [password, setPassword] = useState('');
  const { refusal, isBusy, submit } = useSubmission(async () => {
    try {
      await session.signIn(username, password);
      settle(true);
    } catch (error) {
      setPassword('');
      throw error;
    }
  });

  return (
    <Modal opened onClose={() => settle(false)} title={title} closeOnClickOutside={false} zIndex={400}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{why}</Text>
          <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
          <PasswordField
            label={`Password of ${username}`}
            autoComplete="current-password"
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <FormAlert>{refusal}</FormAlert>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => settle(false)}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              {title === 'Sign in again' ? 'Sign in' : 'Confirm'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
