import { SharedReading } from '../sessions/shared-reading.ts';

/** Rows that another replica told of. Those that are told of while others are being read are read together, after them. */
export class ToldRows {
  #ids = new Set<string>();
  #waiting: (() => void)[] = [];
  readonly #reading: SharedReading;

  constructor(read: (ids: ReadonlySet<string>) => Promise<void>) {
    this.#reading = new SharedReading(() => {
      const ids = this.#ids;
      const waiting = this.#waiting;
      this.#ids = new Set();
      this.#waiting = [];
      for (const began of waiting) began();
      return read(ids);
    });
  }

  /**
   * Resolves once it was read after this was called. @throws what the reading threw
   *
   * @param began called when that reading begins
   */
  read(id: string, began: () => void): Promise<void> {
    this.#ids.add(id);
    this.#waiting.push(began);
    return this.#reading.run();
  }
}
