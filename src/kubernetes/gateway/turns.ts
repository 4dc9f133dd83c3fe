/** Lets a few things happen at a time; the others wait for their turn. */
export interface Turns {
  /** @param isUrgent goes before all that waits and is not */
  take<T>(work: () => Promise<T>, isUrgent?: boolean): Promise<T>;
  /** Resolves when all that was begun or waits now is done. */
  allDone(): Promise<void>;
}

export function createTurns(atATime: number): Turns {
  const urgent: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  const all = new Set<Promise<unknown>>();
  let running = 0;

  const takeTurn = async <T>(work: () => Promise<T>, isUrgent: boolean): Promise<T> => {
    if (running < atATime) running++;
    else await new Promise<void>((resolve) => (isUrgent ? urgent : waiting).push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place.
      const next = urgent.shift() ?? waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return {
    take(work, isUrgent = false) {
      const done = takeTurn(work, isUrgent);
      all.add(done);
      const forget = (): void => void all.delete(done);
      done.then(forget, forget);
      return done;
    },
    allDone: async () => void (await Promise.allSettled(all)),
  };
}
