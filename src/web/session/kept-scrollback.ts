/** The text of this tab's terminal, kept in memory while its page is hidden, for the user whose it is. */
export interface KeptScrollback {
  keep(username: string, shellId: string, text: string): void;
  /** Gives the text back, once. */
  take(username: string, shellId: string): string | null;
  /** Drops what is not this user's; null drops everything. */
  keepOnly(username: string | null): void;
}

export function createKeptScrollback(): KeptScrollback {
  let kept: { username: string; shellId: string; text: string } | null = null;
  return {
    keep: (username, shellId, text) => {
      kept = { username, shellId, text };
    },
    take: (username, shellId) => {
      if (kept?.username !== username || kept.shellId !== shellId) return null;
      const { text } = kept;
      kept = null;
      return text;
    },
    keepOnly: (username) => {
      if (kept?.username !== username) kept = null;
    },
  };
}
