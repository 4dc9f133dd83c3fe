const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;
const LAST_C1 = 159;

/** A text as it may be pasted: without control characters, so that it cannot leave a bracketed paste or send keys. */
export function cleanPaste(text: string): string {
  return Array.from(text)
    .filter((character) => isHarmless(character.codePointAt(0) ?? 0))
    .join('');
}

/** The lines of a text to be pasted. More than one, or one that ends with a line break, would run at once. */
export function pastedLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/u);
}

function isHarmless(code: number): boolean {
  if (code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB) return true;
  return code >= SPACE && (code < DELETE || code > LAST_C1);
}
