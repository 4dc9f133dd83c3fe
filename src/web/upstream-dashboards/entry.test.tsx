import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { Entry } from './entry.tsx';
import { press, refusal, showSignedIn, signIn, type, write } from './signed-in.fixture.tsx';

const STATE = 'a'.repeat(43);
const URL = 'https://headlamp.curfew.example/enter?code=c';
const dashboard = { id: 'ud_1', name: 'Headlamp', cluster: 'dev' };
const replace = vi.spyOn(globalThis.location, 'replace').mockImplementation(() => undefined);

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

it('says who would be there, and goes there only once somebody agrees', async () => {
  write.mockResolvedValueOnce({ url: URL });
  showSignedIn(<Entry dashboard={dashboard} state={STATE} />);
  expect(document.body.textContent).toContain(
    'Headlamp of cluster dev opens as ada, for as long as your Kubernetes session lasts.',
  );
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Open Headlamp' }));
  expect(write).not.toHaveBeenCalled();
  press('Open Headlamp');
  await screen.findByText('Going to Headlamp …');
  expect(write.mock.calls[0]?.[0]).toMatchObject({
    path: '/api/upstream-dashboards/ud_1/entry',
    body: { state: STATE },
  });
  expect(replace).toHaveBeenCalledExactlyOnceWith(URL);
});

it('asks for the password where the Kubernetes session has ended, says why, and goes on', async () => {
  const why = 'Your Kubernetes session ended: Maximum K8s Session Duration is 60 minutes.';
  write.mockRejectedValueOnce(refusal('reauthentication-required', why)).mockResolvedValueOnce({ url: URL });
  showSignedIn(<Entry dashboard={dashboard} state={STATE} />);
  press('Open Headlamp');
  await screen.findByText(why);
  type('Password of ada', 'correct horse');
  press('Sign in');
  await screen.findByText('Going to Headlamp …');
  expect(signIn).toHaveBeenCalledExactlyOnceWith('ada', 'correct horse');
  expect(replace).toHaveBeenCalledExactlyOnceWith(URL);
});

it('stays and says why where it is refused', async () => {
  write.mockRejectedValueOnce(refusal('quota-exceeded', 'As many are open as are allowed.'));
  showSignedIn(<Entry dashboard={dashboard} state={STATE} />);
  press('Open Headlamp');
  await screen.findByText('As many are open as are allowed.');
  expect(replace).not.toHaveBeenCalled();
});
