import { useState } from 'react';
import type { ReactNode } from 'react';
import { LinkDialog } from './link-dialog.tsx';
import { PasteDialog } from './paste-dialog.tsx';
import type { TerminalListener, TerminalView } from './terminal-view.ts';

/** What a terminal asks before it pastes several lines, and before a link is followed: to be rendered with it. */
export function useTerminalDialogs(
  view: TerminalView | null,
): Pick<TerminalListener, 'pastingLines' | 'followingLink'> & { readonly dialogs: ReactNode } {
  const [pasting, setPasting] = useState<string | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const dialogs = (
    <>
      {pasting !== null && (
        <PasteDialog
          text={pasting}
          onClose={(isConfirmed) => {
            setPasting(null);
            if (isConfirmed) view?.paste(pasting);
            else view?.focus();
          }}
        />
      )}
      {link !== null && (
        <LinkDialog
          address={link}
          onClose={() => {
            setLink(null);
            view?.focus();
          }}
        />
      )}
    </>
  );
  return { pastingLines: setPasting, followingLink: setLink, dialogs };
}
