import { useEffect, useRef } from 'react';
import classes from './shell-page.module.css';
import { TerminalView } from './terminal-view.ts';
import type { TerminalListener } from './terminal-view.ts';

interface Props {
  readonly listener: TerminalListener;
  readonly look: ConstructorParameters<typeof TerminalView>[1];
  readonly onView: (view: TerminalView | null) => void;
}

/** The element that xterm.js lives in. Makes one terminal when it appears, and lets go of it when it goes. */
export function TerminalPane({ listener, look, onView }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const first = useRef({ listener, look, onView });
  useEffect(() => {
    if (element.current === null) return undefined;
    const { listener: firstListener, look: firstLook, onView: report } = first.current;
    const view = new TerminalView(firstListener, firstLook);
    view.open(element.current);
    report(view);
    return () => {
      report(null);
      view.dispose();
    };
  }, []);
  return <div ref={element} className={classes['terminal']} data-testid="terminal" />;
}
