import { MantineProvider } from '@mantine/core';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { NOON, minutesPastNoon } from '../session/own-session.fixture.ts';
import { formatExactly } from './instant.ts';
import { ClockTime, RelativeTime } from './time-text.tsx';

const portal = { session: { clock: { now: () => NOON } } } as unknown as Portal;
afterEach(cleanup);

it.each([
  ['a relative one', <RelativeTime key="r" at={minutesPastNoon(42)} />, /^in 42 min$/],
  ['a time of day', <ClockTime key="c" at={NOON + 42 * 60_000} />, /:42$/],
])('is told in full to whoever has no mouse: %s', async (_what, time, text) => {
  render(
    <PortalContext value={portal}>
      <MantineProvider env="test">{time}</MantineProvider>
    </PortalContext>,
  );
  const shown = screen.getByText(text);
  expect(shown.tabIndex).toBe(0);
  act(() => shown.focus());
  const tooltip = await screen.findByRole('tooltip');
  expect(tooltip.textContent).toBe(formatExactly(NOON + 42 * 60_000));
  expect(shown.getAttribute('aria-describedby')).toBe(tooltip.id);
});
