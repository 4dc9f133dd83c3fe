import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { press, read, showSignedIn, write } from './signed-in.fixture.tsx';
import { UpstreamDialog } from './upstream-dialog.tsx';

const ofCluster = (cluster: string, name: string) => ({
  ...{ id: `ud_${name}`, cluster, name, hostname: `${name}.curfew.example`, url: `https://${name}.curfew.example/` },
  ...{ upstream: `https://${name}.tools.svc`, passesCredential: true },
});
const dialog = <UpstreamDialog cluster={{ id: 'dev', name: 'Development' }} onClose={() => undefined} />;

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

it('lists those of the cluster, and removes one once it said what ends', async () => {
  read.mockResolvedValue({ items: [ofCluster('dev', 'headlamp'), ofCluster('prod', 'grafana')] });
  showSignedIn(dialog);
  await screen.findByRole('row', { name: /headlamp.*headlamp\.curfew\.example.*headlamp\.tools\.svc.*Given/ });
  expect(screen.queryByText('grafana')).toBeNull();
  press('Remove headlamp');
  await screen.findByText(/Remove headlamp from Development\? What is open at headlamp\.curfew\.example ends at once/);
  expect(write).not.toHaveBeenCalled();
  press('Remove');
  await vi.waitFor(() =>
    expect(write.mock.lastCall?.[0]).toMatchObject({ method: 'DELETE', path: '/api/upstream-dashboards/ud_headlamp' }),
  );
});

it('lets a read-only administrator look, and write nothing', async () => {
  read.mockResolvedValue({ items: [ofCluster('dev', 'headlamp')] });
  showSignedIn(dialog, { readOnly: true });
  await screen.findByText('headlamp');
  expect(screen.queryByRole('button', { name: 'Remove headlamp' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Add dashboard' })).toBeNull();
});

it('says what to do where there is none', async () => {
  read.mockResolvedValue({ items: [] });
  showSignedIn(dialog);
  expect(await screen.findByText(/Run one that Curfew can reach/)).toBeTruthy();
});
