import { randomInt } from 'node:crypto';

/** A span of uids: `first` belongs to it, `first + count` does not. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

/** Where no distribution hands out uids: above those of containers, below the sign bit. */
const PREFERRED: UidRange = { first: 1_900_000_000, count: 100_000_000 };
/** For containers that map only 65,536 uids: between the system's and systemd's dynamic users. */
const SMALL: UidRange = { first: 60_600, count: 500 };

/** The uids for shells in a user namespace whose `/proc/self/uid_map` reads `uidMap`; null where none of ours exists. */
export function shellUidRange(uidMap: string): UidRange | null {
  const mapped = uidMap
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = Number.NaN, , count = 0]) => ({ first, count }));
  const isMapped = (range: UidRange): boolean =>
    mapped.some((each) => each.first <= range.first && each.first + each.count >= range.first + range.count);
  return [PREFERRED, SMALL].find(isMapped) ?? null;
}

/** Lends uids; two live shells never have the same one. */
export interface UidPool {
  /** Null when all are lent out. */
  take(): number | null;
  giveBack(uid: number): void;
}

/** Picks at random, so that two portals on one machine do not meet either. */
export function createUidPool(range: UidRange, pick: (range: UidRange) => number = pickAny): UidPool {
  const lent = new Set<number>();
  return {
    take() {
      const start = pick(range) - range.first;
      for (let step = 0; step < Math.min(range.count, lent.size + 1); step++) {
        const uid = range.first + ((start + step) % range.count);
        if (lent.has(uid)) continue;
        lent.add(uid);
        return uid;
      }
      return null;
    },
    giveBack: (uid) => void lent.delete(uid),
  };
}

function pickAny(range: UidRange): number {
  return range.first + randomInt(range.count);
}
