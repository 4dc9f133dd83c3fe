import { Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { causeOf } from '../session/end-words.ts';
import { useNow } from '../session/use-now.ts';
import { ClockTime } from '../words/time-text.tsx';
import classes from './shell-page.module.css';
import { isOver, mayGoOn } from './shell-state.ts';
import type { ShellPhase, ShellState } from './shell-state.ts';

interface Props {
  readonly state: ShellState;
  readonly onDownload: () => void;
  readonly onStartAnew: () => Promise<void>;
}

/** Says above the terminal what has become of the shell, and what can be done. */
export function ShellBanner({ state, onDownload, onStartAnew }: Props) {
  const [isBusy, setBusy] = useState(false);
  const { phase } = state;
  const isStopping = phase.name === 'running' && state.stopsAt !== null;
  const startAnew = async (): Promise<void> => {
    setBusy(true);
    await onStartAnew();
    setBusy(false);
  };
  return (
    <div role={isOver(state) ? 'alert' : 'status'}>
      {(isOver(state) || phase.name === 'reconnecting' || isStopping) && (
        <Group
          className={classes['banner'] ?? ''}
          data-kind={isOver(state) ? 'end' : 'note'}
          justify="space-between"
          gap="xs"
        >
          <Text size="sm" style={{ flex: '1 1 18rem' }}>
            {isStopping ? <StoppingWords at={state.stopsAt} /> : words(phase)}
          </Text>
          {(isOver(state) || isStopping) && (
            <Group gap="xs">
              {phase.name !== 'refused' && (
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconDownload size={16} aria-hidden />}
                  onClick={onDownload}
                >
                  Download scrollback
                </Button>
              )}
              <Button size="xs" loading={isBusy} onClick={() => void startAnew()}>
                {phase.name === 'ended' && !mayGoOn(phase.end) ? 'Start anew' : 'Open a new shell'}
              </Button>
            </Group>
          )}
        </Group>
      )}
    </div>
  );
}

function words(phase: ShellPhase): ReactNode {
  switch (phase.name) {
    case 'opening':
    case 'running':
      return null;
    case 'reconnecting':
      return 'The connection is lost. Trying again; the shell waits for 30 seconds.';
    case 'ended':
      return <EndWords end={phase.end} />;
    case 'exited':
      return `The shell exited${phase.exitCode === 0 ? '' : ` with code ${phase.exitCode}`}. Its output stays readable.`;
    case 'lost':
      return 'This shell is gone: it was closed, the portal was restarted, or nothing was connected to it for 30 seconds.';
    case 'refused':
      return phase.sentence;
  }
}

function StoppingWords({ at }: { at: number | null }) {
  const seconds = Math.max(0, Math.ceil(((at ?? 0) - useNow(1000)) / 1000));
  return (
    <>
      This server is being restarted. This shell ends in {/* A screen reader is not to be told each second. */}
      <span aria-hidden>{seconds === 1 ? '1 second' : `${seconds} seconds`}</span>
      <VisuallyHidden>a few seconds</VisuallyHidden>; a new one can be opened at once.
    </>
  );
}

/** The portal's sentence where the shell may have ended alone; else the time in the browser's zone, and the limit. */
function EndWords({ end }: { end: Extract<ShellPhase, { name: 'ended' }>['end'] }) {
  if (mayGoOn(end)) return `${end.sentence} The scrollback stays readable.`;
  const cause = causeOf(end);
  return (
    <>
      Your Kubernetes session ended at <ClockTime at={Date.parse(end.endedAt)} />.{' '}
      {cause !== null && (
        <>
          {cause.label !== null && <em>{cause.label}</em>}
          {cause.rest}
        </>
      )}{' '}
      The scrollback stays readable.
    </>
  );
}
