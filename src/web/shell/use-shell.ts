import { notifications } from '@mantine/notifications';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { usePortal } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { useOwnSession } from '../session/use-session.ts';
import { explainLoss, findShell, openShell, rememberSession } from './shell-api.ts';
import { OPENING, takesInput } from './shell-state.ts';
import type { ShellPhase, ShellState } from './shell-state.ts';
import { TerminalConnection } from './terminal-connection.ts';
import type { TerminalView } from './terminal-view.ts';

const ROUTE = '/signed-in/clusters/$cluster/shell';

interface UsedShell {
  readonly state: ShellState;
  readonly connection: RefObject<TerminalConnection | null>;
  /** Opens another shell in place of this one; asks for the password where the Kubernetes session has ended. */
  readonly startAnew: () => Promise<void>;
}

/** The page's shell: opens one, or joins the one that the address names, and keeps the connection to it. */
export function useShell(view: TerminalView | null): UsedShell {
  const { cluster } = useParams({ from: ROUTE });
  const { shell: shellId, tenant } = useSearch({ from: ROUTE });
  const { api, session, keptScrollback } = usePortal();
  const { warningMinutes, user } = useOwnSession();
  const navigate = useNavigate();
  const confirmed = useConfirmed();
  const [state, setState] = useState<ShellState>(OPENING);
  const connection = useRef<TerminalConnection | null>(null);
  const isOpening = useRef(false);
  const isRunning = useRef(false);
  const setPhase = useCallback((phase: ShellPhase) => setState((previous) => ({ ...previous, phase })), []);

  const open = useCallback(async (): Promise<void> => {
    if (view === null || isOpening.current) return;
    isOpening.current = true;
    try {
      const shell = await confirmed(() => openShell(api, { cluster, tenant }, view.size));
      rememberSession(shell.id, shell.sessionId);
      const ending = { endsAt: shell.endsAt, endsBy: shell.endsBy, warningMinutes };
      setState({ ...OPENING, ending });
      await navigate({ to: '.', search: { tenant, shell: shell.id }, replace: true });
    } catch (error) {
      if (error instanceof CancelledError) setState(refusedByChoice);
      // A shell that still runs goes on.
      else if (isRunning.current) notifications.show({ message: sentenceOf(error), color: 'red' });
      else setPhase({ name: 'refused', sentence: sentenceOf(error) });
    } finally {
      isOpening.current = false;
    }
  }, [api, cluster, confirmed, navigate, setPhase, tenant, view, warningMinutes]);
  const openFirst = useEffectEvent(() => void open());

  useEffect(() => {
    if (view === null) return undefined;
    if (shellId === undefined) {
      const timer = setTimeout(() => openFirst(), 0);
      return () => clearTimeout(timer);
    }
    const kept = keptScrollback.take(user.username, shellId);
    if (kept !== null) view.write(kept.replaceAll('\n', '\r\n'));
    const lost = async (): Promise<void> =>
      setPhase(await explainLoss(api, shellId).catch(() => ({ name: 'lost' }) as const));
    const opened = new TerminalConnection({
      shellId,
      stillThere: async () => {
        const shell = await findShell(api, shellId);
        if (shell !== null) rememberSession(shellId, shell.sessionId);
        return shell !== null;
      },
      listener: {
        opened: () => {
          view.beginReplay();
          opened.resize(view.size.cols, view.size.rows);
        },
        output: (bytes) => view.write(bytes),
        retrying: (until) => setPhase({ name: 'reconnecting', until }),
        lost: () => void lost(),
        message: (message) => {
          if (message.type === 'ready') {
            view.endReplay();
            setPhase({ name: 'running' });
          } else if (message.type === 'deadline') {
            session.clock.heard(Date.parse(message.now));
            const { endsAt, endsBy, warningMinutes: lead } = message;
            setState((previous) => ({ ...previous, ending: { endsAt, endsBy, warningMinutes: lead } }));
          } else if (message.type === 'stopping') {
            session.clock.heard(Date.parse(message.now));
            setState((previous) => ({ ...previous, stopsAt: Date.parse(message.endsAt) }));
          } else if (message.type === 'ended') setPhase({ name: 'ended', end: message });
          else setPhase({ name: 'exited', exitCode: message.exitCode });
        },
      },
    });
    connection.current = opened;
    opened.connect();
    const retry = (): void => opened.retryNow();
    globalThis.addEventListener('online', retry);
    document.addEventListener('visibilitychange', retry);
    return () => {
      globalThis.removeEventListener('online', retry);
      document.removeEventListener('visibilitychange', retry);
      opened.close();
      connection.current = null;
      keptScrollback.keep(user.username, shellId, view.text());
    };
  }, [api, keptScrollback, session, setPhase, shellId, user.username, view]);

  useEffect(() => {
    isRunning.current = takesInput(state);
    view?.allowInput(isRunning.current);
    if (isRunning.current) view?.focus();
  }, [view, state]);

  return { state, connection, startAnew: open };
}

function refusedByChoice(previous: ShellState): ShellState {
  if (previous.phase.name !== 'opening') return previous;
  return { ...previous, phase: { name: 'refused', sentence: 'No shell was opened: the password was not confirmed.' } };
}
