/**
 * Reads something again and again, never twice at once: so what was read last is what stands, and however many ask, one
 * reading is under way and one waits.
 */
export class SharedReading {
  readonly #read: () => Promise<void>;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Resolves after a reading that began after this was called. @throws what that threw, or the one before it */
  run(): Promise<void> {
    if (this.#running === null) return this.#start();
    return (this.#next ??= this.#running.finally(() => (this.#next = null)).then(() => this.#start()));
  }

  #start(): Promise<void> {
    const running = this.#read().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}
