import { useState } from 'react';
import { usePortal } from '../portal/portal-context.ts';
import { useOwnSession } from '../session/use-session.ts';

/** A tab's storage holds some millions in all. */
const MOST_KEPT_CHARACTERS = 500_000;

interface YamlDraft {
  /** Empty where there is none. */
  readonly draft: string;
  /** Whether it is too large to be kept. */
  readonly isTooLarge: boolean;
  /** What is begun with, which is not kept before it is changed. */
  readonly begin: (text: string) => void;
  readonly keep: (text: string) => void;
  readonly forget: () => void;
}

/**
 * YAML that somebody writes, kept for this tab, as when the session ends.
 *
 * @param form what it is for
 * @param mayKeep whether a text may be kept: what is in a Secret is kept nowhere
 */
export function useYamlDraft(form: string, mayKeep: (text: string) => boolean): YamlDraft {
  const { drafts } = usePortal();
  const { username } = useOwnSession().user;
  const [draft, setDraft] = useState(() => String(drafts.read(username, form)?.['text'] ?? ''));
  return {
    draft,
    isTooLarge: draft.length > MOST_KEPT_CHARACTERS,
    begin: setDraft,
    keep: (text) => {
      setDraft(text);
      if (text.length <= MOST_KEPT_CHARACTERS && mayKeep(text)) drafts.write(username, form, { text });
      // One that is older than what is shown would come back in its place.
      else drafts.forget(username, form);
    },
    forget: () => {
      setDraft('');
      drafts.forget(username, form);
    },
  };
}

export const TOO_LARGE = 'This is too large to be kept by the tab: copy it before you leave.';
