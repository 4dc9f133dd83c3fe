/** The value below which that share of the values lies; NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** One decimal for tables: more would pretend to a precision that nothing here has. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
