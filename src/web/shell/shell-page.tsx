import { useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useReducedMotion } from '@mantine/hooks';
import { useParams } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { usePageTitle } from '../app/page-title.ts';
import { saveTextFile } from '../files/save-text-file.ts';
import { ExpiryAnnouncement, ExpiryNotice } from '../session/expiry-notice.tsx';
import { SearchBar } from './search-bar.tsx';
import { ShellBanner } from './shell-banner.tsx';
import { ShellHeader } from './shell-header.tsx';
import classes from './shell-page.module.css';
import { isOver } from './shell-state.ts';
import { useTerminalDialogs } from './terminal-dialogs.tsx';
import { TerminalPane } from './terminal-pane.tsx';
import { TERMINAL_THEMES } from './terminal-theme.ts';
import type { TerminalListener, TerminalView } from './terminal-view.ts';
import { useShell } from './use-shell.ts';

const MAX_TITLE = 80;

/** `/clusters/:cluster/shell`: a terminal as large as the tab. */
export function ShellPage() {
  const { cluster } = useParams({ from: '/signed-in/clusters/$cluster/shell' });
  const scheme = useComputedColorScheme('light');
  const { fontFamilyMonospace } = useMantineTheme();
  const isMotionReduced = useReducedMotion();
  const [view, setView] = useState<TerminalView | null>(null);
  const [title, setTitle] = useState('');
  const { pastingLines, followingLink, dialogs } = useTerminalDialogs(view);
  const [isSearching, setSearching] = useState(false);
  const toolbar = useRef<HTMLDivElement>(null);
  const { state, connection, startAnew } = useShell(view);
  usePageTitle(title === '' ? `Shell on ${cluster}` : `${title.slice(0, MAX_TITLE)} · ${cluster}`);

  const listener = useMemo<TerminalListener>(
    () => ({
      input: (data, origin) => connection.current?.input(data, origin),
      binary: (data, origin) => connection.current?.binary(data, origin),
      resized: (cols, rows) => connection.current?.resize(cols, rows),
      titled: setTitle,
      pastingLines,
      followingLink,
      searching: () => setSearching(true),
      leaving: () => toolbar.current?.querySelector<HTMLElement>('button, a')?.focus(),
    }),
    [connection, followingLink, pastingLines],
  );
  const look = { theme: TERMINAL_THEMES[scheme], fontFamily: fontFamilyMonospace, isMotionReduced };
  useEffect(() => view?.applyTheme(TERMINAL_THEMES[scheme]), [view, scheme]);

  const download = useCallback(() => {
    if (view !== null) saveTextFile(`curfew-${cluster}-${fileStamp()}.txt`, view.text());
  }, [view, cluster]);
  const copy = async (): Promise<void> => {
    const isCopied = (await view?.copySelection()) ?? false;
    notifications.show({ message: isCopied ? 'Copied.' : 'Select something in the terminal first.', autoClose: 2000 });
    view?.focus();
  };
  const refocus = (): void => view?.focus();

  return (
    <div className={classes['page']}>
      <ShellHeader
        ref={toolbar}
        cluster={cluster}
        state={state}
        onSearch={() => setSearching(true)}
        onCopy={() => void copy()}
        onDownload={download}
        onScreenReaderMode={(isOn) => view?.setScreenReaderMode(isOn)}
      />
      <main className={classes['main']}>
        <ExpiryNotice />
        {state.ending !== null && !isOver(state) && (
          <ExpiryAnnouncement
            ending={state.ending}
            what="Your Kubernetes session"
            remedy="Open the time left in the header to see why, and what helps."
          />
        )}
        <ShellBanner state={state} onDownload={download} onStartAnew={startAnew} />
        {isSearching && view !== null && (
          <SearchBar
            view={view}
            onClose={() => {
              setSearching(false);
              refocus();
            }}
          />
        )}
        <TerminalPane listener={listener} look={look} onView={setView} />
      </main>
      {dialogs}
    </div>
  );
}

/** The present minute for a file's name: `2026-11-24-1432`. */
function fileStamp(): string {
  const now = new Date();
  const pad = (n: number): string => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}-${pad(now.getHours())}${pad(now.getMinutes())}`;
}
