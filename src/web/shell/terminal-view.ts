import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { ITheme } from '@xterm/xterm';
import { InputOrigin } from './input-origin.ts';
import type { Origin } from './input-origin.ts';
import { cleanPaste, pastedLines } from './pasted-text.ts';

const SCROLLBACK_LINES = 10_000;
const OSC_CLIPBOARD = 52;
/** What a person does in the terminal. Mouse moves are left out: browsers make some up when a page scrolls. */
const ACTS = ['keydown', 'input', 'compositionend', 'paste', 'mousedown', 'mouseup', 'wheel'] as const;

export interface TerminalListener {
  input(data: string, origin: Origin): void;
  binary(data: string, origin: Origin): void;
  resized(cols: number, rows: number): void;
  titled(title: string): void;
  /** Several lines are about to be pasted: to be confirmed, then given to `paste`. */
  pastingLines(text: string): void;
  /** A link that a program made, whose text may say something else than its address. */
  followingLink(address: string): void;
  searching(): void;
  leaving(): void;
}

/** xterm.js as the shell uses it. Owns everything it opens; `dispose` lets go of all of it. */
export class TerminalView {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #origin = new InputOrigin();
  readonly #listener: TerminalListener;
  readonly #disposals: (() => void)[] = [];
  #isReplaying = true;

  constructor(listener: TerminalListener, look: { theme: ITheme; fontFamily: string; isMotionReduced: boolean }) {
    this.#listener = listener;
    this.#terminal = new Terminal({
      scrollback: SCROLLBACK_LINES,
      theme: look.theme,
      fontFamily: look.fontFamily,
      fontSize: 14,
      cursorBlink: !look.isMotionReduced,
      minimumContrastRatio: 4.5,
      macOptionIsMeta: true,
      disableStdin: true,
      linkHandler: { activate: (_event, address) => this.#follow(address), allowNonHttpProtocols: false },
    });
  }

  open(element: HTMLElement): void {
    const terminal = this.#terminal;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new WebLinksAddon((_event, address) => openLink(address)));
    // A program must not write the clipboard, nor read it.
    terminal.parser.registerOscHandler(OSC_CLIPBOARD, () => true);
    terminal.attachCustomKeyEventHandler((event) => this.#isForTerminal(event));
    terminal.onData((data) => this.#send(data, 'input'));
    terminal.onBinary((data) => this.#send(data, 'binary'));
    terminal.onResize(({ cols, rows }) => this.#listener.resized(cols, rows));
    terminal.onTitleChange((title) => this.#listener.titled(title));
    this.#watchActs(element);
    terminal.open(element);
    this.#fit.fit();
    const observer = new ResizeObserver(() => this.#fit.fit());
    observer.observe(element);
    this.#disposals.push(() => observer.disconnect());
  }

  get size(): { cols: number; rows: number } {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  write(bytes: Uint8Array | string): void {
    this.#terminal.write(bytes);
  }

  /** A connection begins with the past: the screen is emptied for it, and answers to its old questions are not sent. */
  beginReplay(): void {
    this.#isReplaying = true;
    this.#terminal.reset();
  }

  /** The past has been written: from here on the shell is live. */
  endReplay(): void {
    this.#terminal.write('', () => {
      this.#isReplaying = false;
    });
  }

  allowInput(isAllowed: boolean): void {
    this.#terminal.options.disableStdin = !isAllowed;
  }

  applyTheme(theme: ITheme): void {
    this.#terminal.options.theme = theme;
  }

  setScreenReaderMode(isOn: boolean): void {
    this.#terminal.options.screenReaderMode = isOn;
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Pastes a text that was confirmed. */
  paste(text: string): void {
    this.#origin.noteAct(performance.now());
    this.#terminal.paste(text);
    this.focus();
  }

  /** Copies the selection. @returns whether there was one */
  async copySelection(): Promise<boolean> {
    const selection = this.#terminal.getSelection();
    if (selection === '') return false;
    await navigator.clipboard.writeText(selection);
    return true;
  }

  /** Selects the next or previous match. @returns whether there is one */
  find(text: string, direction: 'next' | 'previous'): boolean {
    if (text === '') {
      this.#search.clearDecorations();
      return true;
    }
    return direction === 'next' ? this.#search.findNext(text) : this.#search.findPrevious(text);
  }

  /** All that can be scrolled to, as plain text: without colours, escapes and the blanks at the end. */
  text(): string {
    const { normal } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < normal.length; row += 1) {
      const line = normal.getLine(row);
      if (line === undefined) continue;
      const isContinued = normal.getLine(row + 1)?.isWrapped === true;
      const text = line.translateToString(!isContinued);
      if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return `${lines.join('\n').trimEnd()}\n`;
  }

  dispose(): void {
    for (const dispose of this.#disposals) dispose();
    this.#terminal.dispose();
  }

  #send(data: string, as: 'input' | 'binary'): void {
    if (this.#isReplaying) return;
    this.#listener[as](data, this.#origin.of(data, performance.now()));
  }

  #watchActs(element: HTMLElement): void {
    const note = (event: Event): void => {
      if (event.isTrusted) this.#origin.noteAct(performance.now());
    };
    for (const name of ACTS) element.addEventListener(name, note, { capture: true, passive: true });
    const paste = (event: ClipboardEvent): void => this.#paste(event);
    element.addEventListener('paste', paste, { capture: true });
    this.#disposals.push(() => {
      for (const name of ACTS) element.removeEventListener(name, note, { capture: true });
      element.removeEventListener('paste', paste, { capture: true });
    });
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    if (this.#terminal.options.disableStdin === true) return;
    const text = cleanPaste(event.clipboardData?.getData('text/plain') ?? '');
    if (pastedLines(text).length > 1) {
      // What is typed from here on is meant for the dialog that asks, not for the shell.
      this.#terminal.blur();
      this.#listener.pastingLines(text);
    } else if (text !== '') this.#terminal.paste(text);
  }

  /** Whether a key goes to the shell. The page's own keys all have Control and Shift. */
  #isForTerminal(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    const act = {
      KeyC: () => void this.copySelection(),
      KeyF: () => this.#listener.searching(),
      KeyE: () => this.#listener.leaving(),
    };
    if (event.code === 'KeyV') return false;
    if (!isKeyOf(event.code, act)) return true;
    event.preventDefault();
    if (event.type === 'keydown') act[event.code]();
    return false;
  }

  #follow(address: string): void {
    if (isWebAddress(address)) this.#listener.followingLink(address);
  }
}

/** Opens a web page in a new tab that learns nothing of this one. */
export function openLink(address: string): void {
  if (isWebAddress(address)) globalThis.open(address, '_blank', 'noopener,noreferrer');
}

function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
}

function isKeyOf<Key extends string>(code: string, record: Record<Key, unknown>): code is Key {
  return Object.hasOwn(record, code);
}
