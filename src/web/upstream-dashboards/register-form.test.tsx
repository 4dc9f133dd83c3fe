import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { RegisterForm } from './register-form.tsx';
import { drafts, press, refusal, showSignedIn, type, write } from './signed-in.fixture.tsx';

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
  drafts.keepOnly(null);
});

function fill(): void {
  showSignedIn(<RegisterForm cluster="dev" />);
  type('Name', ' Headlamp');
  type('Hostname', 'headlamp.curfew.example');
  type('Upstream URL', 'https://headlamp.tools.svc:443');
}

const valueOf = (label: string): string => screen.getByLabelText<HTMLInputElement>(label).value;

it('says what is refused at the field that it is about', async () => {
  write.mockRejectedValueOnce(refusal('conflict', 'This hostname is taken.', 'hostname'));
  fill();
  press('Add dashboard');
  await screen.findByText('This hostname is taken.');
  expect(screen.getByLabelText('Hostname').getAttribute('aria-invalid')).toBe('true');
  expect(valueOf('Name')).toBe(' Headlamp');
});

it('loses nothing while the password is confirmed, and is empty once it was sent', async () => {
  write.mockRejectedValueOnce(refusal('recent-authentication-required', 'Confirm it.')).mockResolvedValueOnce({});
  fill();
  press('Add dashboard');
  await screen.findByText('Confirm it.');
  expect(drafts.has('ada')).toBe(true);
  expect(valueOf('Hostname')).toBe('headlamp.curfew.example');
  type('Password of ada', 'correct horse');
  press('Confirm');
  await vi.waitFor(() => expect(valueOf('Hostname')).toBe(''));
  expect(drafts.has('ada')).toBe(false);
  expect(write.mock.lastCall?.[0].body).toEqual({
    cluster: 'dev',
    name: 'Headlamp',
    hostname: 'headlamp.curfew.example',
    upstream: 'https://headlamp.tools.svc:443',
    passesCredential: false,
  });
});
