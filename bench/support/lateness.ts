/** What a portal's histogram of cuts says. */
export interface Lateness {
  readonly count: number;
  /** Upper ends of the buckets in seconds, with how many cuts were at most so late. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  /** @param seconds the upper end of a bucket */
  shareWithin(seconds: number): number;
}

/** Reads `curfew_cut_lateness_seconds` for some kinds of streams together. */
export function readLateness(metrics: string, ...kinds: string[]): Lateness {
  const counts = new Map<number, number>();
  for (const [, labels = '', count] of metrics.matchAll(/^curfew_cut_lateness_seconds_bucket\{([^}]*)\} (\d+)$/gm)) {
    if (!kinds.some((kind) => labels.includes(`kind="${kind}"`))) continue;
    const atMost = Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity'));
    counts.set(atMost, (counts.get(atMost) ?? 0) + Number(count));
  }
  const buckets = [...counts].map(([atMost, count]) => ({ atMost, count })).toSorted((a, b) => a.atMost - b.atMost);
  const count = buckets.at(-1)?.count ?? 0;
  return {
    count,
    buckets,
    shareWithin: (seconds) => (buckets.findLast(({ atMost }) => atMost <= seconds)?.count ?? 0) / count,
  };
}

/** The upper end, in milliseconds, of the bucket that holds that share of the cuts. */
export function latenessOf({ buckets, count }: Lateness, share: number): number {
  return (buckets.find((each) => each.count >= share * count)?.atMost ?? Number.NaN) * 1000;
}
