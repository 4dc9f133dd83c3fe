/** Runs what it is given one after the other, in the order in which it was asked for. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    // Whoever asked hears of a failure; the next one goes on.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
