/** Something that comes due; `queuedAt` is the queue's own mark and belongs to it. */
export interface Queued {
  queuedAt: number;
}

/** Fewer places than this are not worth clearing away. */
const MANY = 64;

/**
 * What is due next, by instant: a binary heap. An item stands for the instant at which it was last added; adding it
 * again replaces that. The older place is skipped when it comes up, and cleared away before half of the heap is such:
 * an ended session is not kept in memory until its deadline. Infinity is never due.
 */
export class DeadlineQueue<Item extends Queued> {
  #heap: { at: number; item: Item }[] = [];
  #stale = 0;

  add(item: Item, at: number): void {
    if (Number.isFinite(item.queuedAt)) this.#stale++;
    item.queuedAt = at;
    this.#clearAway();
    if (!Number.isFinite(at)) return;
    this.#heap.push({ at, item });
    this.#up(this.#heap.length - 1);
  }

  /** Starts anew with these items, in linear time; for changes that move every deadline. */
  reset(items: Iterable<Item>, instantOf: (item: Item) => number): void {
    this.#heap = [];
    for (const item of items) {
      item.queuedAt = instantOf(item);
      if (Number.isFinite(item.queuedAt)) this.#heap.push({ at: item.queuedAt, item });
    }
    this.#order();
  }

  /** How many places the heap has, those included that are skipped. */
  get size(): number {
    return this.#heap.length;
  }

  #clearAway(): void {
    if (this.#stale < MANY || this.#stale < this.#heap.length / 2) return;
    this.#heap = this.#heap.filter(({ at, item }) => item.queuedAt === at);
    this.#order();
  }

  #order(): void {
    this.#stale = 0;
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#down(index);
  }

  remove(item: Item): void {
    if (Number.isFinite(item.queuedAt)) this.#stale++;
    item.queuedAt = Number.NaN;
    this.#clearAway();
  }

  /** The instant of the next item, Infinity when there is none. */
  nextAt(): number {
    this.#dropStale();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Every item whose place is before an instant, in no order; none is taken. */
  *dueBefore(at: number): Generator<Item> {
    // What stands below a place is due later still: whole branches are left out.
    const places = [0];
    for (let index = places.pop(); index !== undefined; index = places.pop()) {
      const place = this.#heap[index];
      if (place === undefined || place.at >= at) continue;
      if (place.item.queuedAt === place.at) yield place.item;
      places.push(2 * index + 1, 2 * index + 2);
    }
  }

  /** Takes the next item that is due at `now`. */
  takeDue(now: number): Item | undefined {
    if (this.nextAt() > now) return undefined;
    const item = this.#pop();
    if (item !== undefined) item.queuedAt = Number.NaN;
    return item;
  }

  #dropStale(): void {
    for (let top = this.#heap[0]; top !== undefined && top.item.queuedAt !== top.at; top = this.#heap[0]) {
      this.#pop();
      this.#stale--;
    }
  }

  #pop(): Item | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (top !== undefined && last !== undefined && top !== last) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return top?.item;
  }

  #up(start: number): void {
    const heap = this.#heap;
    const moving = heap[start];
    if (moving === undefined) return;
    let index = start;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= moving.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = moving;
  }

  #down(start: number): void {
    const heap = this.#heap;
    const moving = heap[start];
    if (moving === undefined) return;
    let index = start;
    for (;;) {
      let below = 2 * index + 1;
      const right = heap[below + 1];
      if (right !== undefined && right.at < (heap[below]?.at ?? Number.POSITIVE_INFINITY)) below++;
      const child = heap[below];
      if (child === undefined || child.at >= moving.at) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = moving;
  }
}
