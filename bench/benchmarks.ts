import { gateway } from './gateway.ts';
import { sessionCheck } from './session-check.ts';
import { streams } from './streams.ts';
import type { Benchmark } from './support/benchmark.ts';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [sessionCheck, gateway, streams];
