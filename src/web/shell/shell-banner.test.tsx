import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { EndedEvent } from '../../wire/session.ts';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { NOON, minutesPastNoon } from '../session/own-session.fixture.ts';
import { ShellBanner } from './shell-banner.tsx';
import { OPENING } from './shell-state.ts';

const portal = { session: { clock: { now: () => NOON } } } as unknown as Portal;

function textOf(end: Omit<EndedEvent, 'endedAt'>): string {
  const state = { ...OPENING, phase: { name: 'ended' as const, end: { endedAt: minutesPastNoon(0), ...end } } };
  const { container } = render(
    <PortalContext value={portal}>
      <MantineProvider>
        <ShellBanner state={state} onDownload={() => undefined} onStartAnew={() => Promise.resolve()} />
      </MantineProvider>
    </PortalContext>,
  );
  return container.querySelector('[role=alert]')?.textContent ?? '';
}

describe('ShellBanner', () => {
  it.each([
    ['shutdown', 'This shell ended, since the server behind it went out of service. Your Kubernetes session goes on.'],
    ['closed', 'This shell was closed. Your Kubernetes session goes on.'],
  ] as const)('does not say that the session ended where only the shell did: %s', (reason, sentence) => {
    const text = textOf({ reason, limit: null, sentence });
    expect(text).toContain(`${sentence} The scrollback stays readable.`);
    expect(text).not.toContain('Your Kubernetes session ended');
    expect(text).toContain('Open a new shell');
  });

  it('says when the session ended, and by which limit', () => {
    const limit = {
      key: 'MaximumK8sSessionDuration' as const,
      label: 'Maximum K8s Session Duration',
      scope: { kind: 'system' as const, id: '' },
      value: 60,
    };
    const text = textOf({ reason: 'max-duration', limit, sentence: 'In another zone.' });
    expect(text).toMatch(
      /^Your Kubernetes session ended at .*\d\d:\d\d.*\. Maximum K8s Session Duration is 60 minutes\. The scrollback/,
    );
    expect(text).not.toContain('In another zone.');
    expect(text).toContain('Start anew');
  });
});
