/** Who caused input to the shell: a key, a paste or the mouse, or the terminal answering a program by itself. */
export type Origin = 'person' | 'terminal';

/** Input comes within this time of the key or paste that caused it; compositions are sent a turn later. */
const SAME_ACT_MS = 100;

const ESCAPE = '\\u001B';
/** What xterm.js answers by itself: reports of cursor, device, mode, window, focus and colour. */
const REPORT = new RegExp(
  [
    `${ESCAPE}\\[(?!1;[2-8]R)[?>]?[\\d;]*[Rcnt]`, // 1;2R to 1;8R are Shift+F3 and its like
    `${ESCAPE}\\[\\??[\\d;]+\\$y`,
    `${ESCAPE}\\[[IO]`,
    `${ESCAPE}[\\]P_][^\\u001B\\u0007]*(?:\\u0007|${ESCAPE}\\\\)`,
  ]
    .map((form) => `(?:${form})`)
    .join('|'),
  'u',
);
const ONLY_REPORTS = new RegExp(`^(?:${REPORT.source})+$`, 'u');

/**
 * Tells a person's input from the terminal's own answers: a program may print `\e[6n` and have the terminal answer,
 * which must not keep a session alive (security, Terminal).
 */
export class InputOrigin {
  #lastActAt = Number.NEGATIVE_INFINITY;

  /** A trusted key, paste, composition or mouse event happened at `now`. */
  noteAct(now: number): void {
    this.#lastActAt = now;
  }

  /** Who caused `data`, which the terminal sends at `now`. In doubt it is the terminal, which extends nothing. */
  of(data: string, now: number): Origin {
    if (now - this.#lastActAt > SAME_ACT_MS) return 'terminal';
    return ONLY_REPORTS.test(data) ? 'terminal' : 'person';
  }
}
