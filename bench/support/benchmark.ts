import type { Outcome } from './report.ts';
import type { Scratch } from './scratch.ts';

/** What the command line of `npm run bench` says. */
export interface Options {
  /** Short and rough, to see that everything works. */
  readonly quick: boolean;
  /** A real cluster; what needs one is left out without it. */
  readonly kubeconfig: string | null;
  /** A folder for CPU profiles of every portal that is started. */
  readonly profile: string | null;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** It is left out where no real cluster is given. */
  readonly needsKubeconfig?: boolean;
  run(options: Options, scratch: Scratch): Promise<Outcome>;
}
