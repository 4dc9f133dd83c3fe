import { cutLateness } from './cut-lateness.ts';
import { credential } from './credential.ts';
import { dashboard } from './dashboard.ts';
import { gatewayCluster } from './gateway-cluster.ts';
import { gateway } from './gateway.ts';
import { replicas } from './replicas.ts';
import { sessionCheck } from './session-check.ts';
import { memory } from './memory.ts';
import { store } from './store.ts';
import { streams } from './streams.ts';
import { tighten } from './tighten.ts';
import type { Benchmark } from './support/benchmark.ts';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  sessionCheck,
  gateway,
  gatewayCluster,
  credential,
  streams,
  cutLateness,
  tighten,
  replicas,
  store,
  memory,
  dashboard,
];
