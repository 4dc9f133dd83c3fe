import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import type { ErrorCode } from '../../core/portal-error.ts';
import { ApiError } from '../api/api-error.ts';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { createDrafts } from '../session/drafts.ts';
import { NOON, ownSession } from '../session/own-session.fixture.ts';
import { PasswordPromptProvider } from '../session/password-prompt.tsx';
import { OwnSessionContext } from '../session/use-session.ts';

export const read = vi.fn<(path: string) => Promise<unknown>>();
export const write = vi.fn<(request: { path: string; body?: unknown }) => Promise<unknown>>();
export const signIn = vi.fn<(username: string, password: string) => Promise<void>>(() => Promise.resolve());
export const drafts = createDrafts(globalThis.sessionStorage);

const portal = { api: { read, write }, drafts, session: { signIn, clock: { now: () => NOON } } } as unknown as Portal;

/** Shows what stands below the session gate, to the administrator `ada`. */
export function showSignedIn(children: ReactNode, { readOnly = false } = {}): void {
  const own = ownSession({ user: { username: 'ada', role: 'Administrator', readOnly } });
  render(
    <PortalContext value={portal}>
      <QueryClientProvider client={new QueryClient()}>
        <MantineProvider env="test">
          <OwnSessionContext value={own}>
            <PasswordPromptProvider>{children}</PasswordPromptProvider>
          </OwnSessionContext>
        </MantineProvider>
      </QueryClientProvider>
    </PortalContext>,
  );
}

export function refusal(code: ErrorCode, detail: string, field?: string): ApiError {
  const problem = { type: 'about:blank', title: '', status: 400, code, detail } as const;
  return new ApiError({ ...problem, ...(field !== undefined && { field }) }, null);
}

export function type(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

export function press(name: string): void {
  fireEvent.click(screen.getByRole('button', { name }));
}
