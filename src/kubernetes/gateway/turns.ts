/** Lets a few things happen at a time; the others wait for their turn. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was begun or waits now is done. */
  allDone(): Promise<void>;
}

export function createTurns(atATime: number): Turns {
  const waiting: (() => void)[] = [];
  const all = new Set<Promise<unknown>>();
  let running = 0;

  const takeTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < atATime) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return {
    take(work) {
      const done = takeTurn(work);
      all.add(done);
      const forget = (): void => void all.delete(done);
      done.then(forget, forget);
      return done;
    },
    allDone: async () => void (await Promise.allSettled(all)),
  };
}
