import { sessionCheck } from './session-check.ts';
import type { Benchmark } from './support/benchmark.ts';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [sessionCheck];
