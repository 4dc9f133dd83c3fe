import type { LocalClusterProgress } from './local-cluster-status.ts';

/** A step of the way, with how long it takes on a typical machine. */
export interface Stage {
  readonly name: string;
  /** What is done, for people. */
  readonly label: string;
  readonly typicalMs: number;
}

/** How far a list of stages is. */
export interface Progress {
  /** Begins a stage; those before it count as done. */
  enter(name: string, label?: string): void;
  /** How far the present stage is, from 0 to 1. Never goes back. */
  advance(fraction: number): void;
  snapshot(): LocalClusterProgress;
}

/**
 * Weighs the stages by their typical durations. What is left is estimated from these at first, and more and more from
 * how fast this machine has been.
 */
export function createProgress(stages: readonly Stage[], now: () => number): Progress {
  const startedAt = now();
  const typicalMs = stages.reduce((sum, stage) => sum + stage.typicalMs, 0);
  let index = 0;
  let label = stages[0]?.label ?? '';
  let within = 0;

  const fraction = (): number => {
    const before = stages.slice(0, index).reduce((sum, stage) => sum + stage.typicalMs, 0);
    return (before + within * (stages[index]?.typicalMs ?? 0)) / typicalMs;
  };
  return {
    enter(name, ownLabel) {
      const next = stages.findIndex((stage) => stage.name === name);
      if (next < 0) throw new Error(`no stage ${name}`);
      if (next !== index) within = 0;
      index = next;
      label = ownLabel ?? stages[next]?.label ?? '';
    },
    advance(to) {
      within = Math.min(1, Math.max(within, to));
    },
    snapshot() {
      const done = fraction();
      const elapsedMs = now() - startedAt;
      return { stage: label, fraction: done, elapsedMs, remainingMs: estimateRemaining(done, elapsedMs, typicalMs) };
    },
  };
}

function estimateRemaining(done: number, elapsedMs: number, typicalMs: number): number {
  const measuredPace = done > 0 ? elapsedMs / (done * typicalMs) : 1;
  const pace = done * measuredPace + (1 - done);
  return Math.round((1 - done) * typicalMs * pace);
}
