import type { Benchmark, Options } from './benchmark.ts';
import { describeMachine } from './machine.ts';
import { renderReport, writeReport } from './report.ts';
import type { Report } from './report.ts';
import { openScratch } from './scratch.ts';

/** Runs benchmarks one after the other; one that breaks off is reported as such, and the others run all the same. */
export async function runAll(
  benchmarks: readonly Benchmark[],
  options: Options,
  { results, print }: { readonly results: string; print(text: string): void },
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const benchmark of benchmarks) {
    if (benchmark.needsKubeconfig === true && options.kubeconfig === null) {
      print(`\n== ${benchmark.name}: left out; give it a real cluster with --kubeconfig FILE.`);
      continue;
    }
    const report = await runOne(benchmark, options);
    writeReport(results, report);
    print(renderReport(report));
    reports.push(report);
  }
  return reports;
}

async function runOne({ name, title, run }: Benchmark, options: Options): Promise<Report> {
  const about = {
    benchmark: name,
    title,
    machine: describeMachine(),
    measuredAt: new Date().toISOString(),
    quick: options.quick,
  };
  const scratch = openScratch();
  try {
    return { ...about, ...(await run(options, scratch)) };
  } catch (error) {
    return { ...about, figures: [], tables: [], error: error instanceof Error ? (error.stack ?? '') : String(error) };
  } finally {
    await scratch.dispose();
  }
}
