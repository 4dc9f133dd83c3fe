import { z } from 'zod';

const PREFIX = 'curfew-draft:';
const draftSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** What somebody typed into a form, by field. Never a password or a token. */
export type Draft = z.infer<typeof draftSchema>;

/** What was typed and not yet sent, kept for this tab only, so that a session's end loses nothing (WCAG 2.2.5). */
export interface Drafts {
  read(username: string, form: string): Draft | null;
  write(username: string, form: string, draft: Draft): void;
  forget(username: string, form: string): void;
  /** Drops what anybody else typed; null drops everything. */
  keepOnly(username: string | null): void;
  /** Whether anything of this user is kept. */
  has(username: string): boolean;
}

/** Drafts in a tab's `sessionStorage`: they survive a reload and end with the tab. */
export function createDrafts(storage: Storage): Drafts {
  const keyOf = (username: string, form: string): string => `${PREFIX}${username}:${form}`;
  const keys = (): string[] =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '').filter((key) =>
      key.startsWith(PREFIX),
    );
  return {
    read: (username, form) => readDraft(storage.getItem(keyOf(username, form))),
    write(username, form, draft) {
      const key = keyOf(username, form);
      try {
        storage.setItem(key, JSON.stringify(draft));
      } catch {
        // The storage is full. One that is older than what is shown would come back in its place.
        storage.removeItem(key);
      }
    },
    forget: (username, form) => storage.removeItem(keyOf(username, form)),
    keepOnly: (username) => {
      const kept = username === null ? null : keyOf(username, '');
      for (const key of keys()) if (kept === null || !key.startsWith(kept)) storage.removeItem(key);
    },
    has: (username) => keys().some((key) => key.startsWith(keyOf(username, ''))),
  };
}

function readDraft(text: string | null): Draft | null {
  if (text === null) return null;
  const draft = draftSchema.safeParse(JSON.parse(text));
  return draft.success ? draft.data : null;
}
