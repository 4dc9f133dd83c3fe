import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { ExistingKeyLine } from './existing-key-line.tsx';

const row = { type: 'Flags', key: 'Banner', value: 'true', label: null, note: null, setBy: 'ada', setAt: '' };
const read = vi.fn<(path: string) => Promise<unknown>>(() =>
  Promise.resolve({ items: [{ ...row, key: 'Banner2' }, row], total: 2, page: 1, pageSize: 200 }),
);
const portal = { api: { read } } as unknown as Portal;

afterEach(cleanup);

function show(configKey: string): void {
  render(
    <PortalContext value={portal}>
      <QueryClientProvider client={new QueryClient()}>
        <MantineProvider>
          <ExistingKeyLine configKey={configKey} />
        </MantineProvider>
      </QueryClientProvider>
    </PortalContext>,
  );
}

it('says that a key exists, and with which value', async () => {
  show('Banner');
  await screen.findByText('This key exists as Flags with the value “true”; Submit replaces it.');
  expect(read.mock.calls[0]?.[0]).toContain('search=Banner');
});

it('says nothing of a key that only contains it', async () => {
  show('Ban');
  await vi.waitFor(() => expect(read.mock.lastCall?.[0]).toMatch(/search=Ban$/));
  await act(async () => undefined);
  expect(screen.queryByText(/This key exists/)).toBeNull();
});
