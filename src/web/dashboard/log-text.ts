const MOST_CHARACTERS = 2_000_000;
// What begins with the escape character is what this is about.
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])/g;

// What is left of one that others were put into, and what an older terminal acts upon by itself.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\0-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** The newest part of a log, without what a terminal would act upon. */
export class LogText {
  #text = '';

  add(text: string): void {
    this.#text += text;
    // In halves, so that a log at full speed is not copied for each piece.
    if (this.#text.length > 2 * MOST_CHARACTERS) this.#text = this.#text.slice(-MOST_CHARACTERS);
  }

  clear(): void {
    this.#text = '';
  }

  text(): string {
    return this.#text.slice(-MOST_CHARACTERS).replaceAll(ESCAPES, '').replaceAll(CONTROLS, '');
  }
}
