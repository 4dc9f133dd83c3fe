import { SharedReading } from '../sessions/shared-reading.ts';

/** Rows that another replica told of. Those that are told of while others are being read are read together, after them. */
export class ToldRows {
  #ids = new Set<string>();
  readonly #reading: SharedReading;

  constructor(read: (ids: ReadonlySet<string>) => Promise<void>) {
    this.#reading = new SharedReading(() => {
      const ids = this.#ids;
      this.#ids = new Set();
      return read(ids);
    });
  }

  /** Resolves once it was read after this was called. @throws what the reading threw */
  read(id: string): Promise<void> {
    this.#ids.add(id);
    return this.#reading.run();
  }
}
