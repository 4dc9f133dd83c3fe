import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { buildWebIfStale } from '../src/main/build-web.ts';
import { LOOSE_ERRORS_FILE } from './support/loose-errors.ts';
import { findTestObstacle, lookAtMachine } from './support/preconditions.ts';

/**
 * `npm test`: checks what is needed, then formats, types, lint and every test once, and says how many passed.
 * What follows `npm test --` goes to vitest (`--project unit`, a file); then the tests alone run.
 */
const ROOT = join(import.meta.dirname, '..');
const CHECKS = ['format:check', 'types', 'lint'];
/**
 * So many files with failures at most are run once more, each alone: many tests bound how long something takes, and
 * another file beside them can take the processor away. Which ones needed that is said.
 */
const RUN_AGAIN_AT_MOST = 10;
/** Projects that need nothing but Node.js. */
const SELF_SUFFICIENT = new Set(['unit', 'web']);

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is read here: a file that fails before any of its tests could run has none. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}
type FileReport = Report['testResults'][number];

/** What keeps the tests from running at all, in words. */
class PreconditionError extends Error {
  override readonly name = 'PreconditionError';
}

const filters = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'curfew-test-'));
// A Ctrl-C reaches the children too: they clean up, and this process waits for them.
process.on('SIGINT', () => undefined);
try {
  process.exitCode = await runAll();
} catch (error) {
  if (!(error instanceof PreconditionError)) throw error;
  console.error(`\nnpm test cannot run: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns the exit code */
async function runAll(): Promise<number> {
  const startedAt = performance.now();
  const needsAll = !asksForSelfSufficient();
  if (needsAll) await installMissing();
  const failed = filters.length === 0 ? await runChecks() : [];
  if (needsAll && !(await buildWeb())) failed.push('building the web UI');

  say('tests');
  const { exit, reports, looseErrors } = await runTests(filters);
  if (looseErrors > 0) failed.push(`${looseErrors} errors that no test caught`);
  const again = filters.length === 0 ? await runAgain(reports) : [];
  const counts = countAll([...reports.values()]);
  if (exit !== 0 && counts.failed + again.length + looseErrors === 0) failed.push(`vitest (exit code ${exit})`);

  if (failed.length > 0) say(`failed besides tests: ${failed.join(', ')}`);
  say(`${Math.round((performance.now() - startedAt) / 1000)} s in all`);
  if (again.length > 0) say(`passed only when run again, alone: ${again.join('; ')}`);
  const all = { ...counts, failed: counts.failed + failed.length };
  console.log(describeCounts(all));
  return all.passed > 0 && all.failed + all.skipped === 0 ? 0 : 1;
}

interface Outcome {
  /** vitest's. */
  readonly exit: number;
  readonly reports: Map<string, FileReport>;
  readonly looseErrors: number;
}

async function runTests(what: readonly string[]): Promise<Outcome> {
  const [file, errorsFile] = [join(folder, 'report.json'), join(folder, 'loose-errors')];
  for (const each of [file, errorsFile]) rmSync(each, { force: true });
  process.env[LOOSE_ERRORS_FILE] = errorsFile;
  const own = join(ROOT, 'test', 'support', 'loose-errors.ts');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`, `--reporter=${own}`];
  const exit = await run('vitest', ['run', ...reporters, ...what]);
  const { testResults } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : { testResults: [] };
  const looseErrors = existsSync(errorsFile) ? readFileSync(errorsFile, 'utf8').split('\n').length - 1 : 0;
  return { exit, reports: new Map(testResults.map((each) => [each.name, each])), looseErrors };
}

/**
 * Runs the files with failures once more, each alone, where they are few; `reports` then has what came of that.
 *
 * @returns the names of the tests that failed and then passed
 */
async function runAgain(reports: Map<string, FileReport>): Promise<string[]> {
  const files = [...reports.values()].filter(({ status }) => status === 'failed');
  if (files.length > RUN_AGAIN_AT_MOST) return [];
  const passed: string[] = [];
  for (const { name, assertionResults } of files) {
    say(`again, alone: ${relative(ROOT, name)}`);
    const { exit, reports: alone } = await runTests([name]);
    const again = alone.get(name);
    // What is no test's failure, as an error that nobody caught, is none the less.
    if (again === undefined || exit !== 0) continue;
    reports.set(name, again);
    const failures = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    passed.push(`${relative(ROOT, name)} (${failures.join(', ') || 'the whole file'})`);
  }
  return passed;
}

/** Whether only projects are asked for that need neither packages nor the built web UI. */
function asksForSelfSufficient(): boolean {
  const projects = filters.flatMap((each, index) =>
    each.startsWith('--project=') ? [each.slice(10)] : filters[index - 1] === '--project' ? [each] : [],
  );
  return projects.length > 0 && projects.every((each) => SELF_SUFFICIENT.has(each));
}

async function installMissing(): Promise<void> {
  const machine = lookAtMachine();
  const obstacle = findTestObstacle(machine);
  if (obstacle !== null) throw new PreconditionError(obstacle);
  const { missing } = machine;
  if (missing.length === 0) return;
  say(`installing Debian's ${missing.join(', ')}`);
  const installed =
    (await run('apt-get', ['update', '-q'])) === 0 &&
    (await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing])) === 0;
  if (!installed) throw new PreconditionError(`\`apt-get install ${missing.join(' ')}\` failed; see above.`);
}

/** What `npm run check` runs besides the tests. @returns the names of those that failed */
async function runChecks(): Promise<string[]> {
  const failed: string[] = [];
  for (const check of CHECKS) {
    say(`${check}: ${scriptOf(check)}`);
    if ((await run('sh', ['-c', scriptOf(check)])) !== 0) failed.push(check);
  }
  return failed;
}

async function buildWeb(): Promise<boolean> {
  try {
    if (await buildWebIfStale()) say('web UI: built');
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

/** Runs a command to its end, with its output on ours; the package's own commands come first in its PATH. */
function run(command: string, args: readonly string[]): Promise<number> {
  const PATH = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const { FORCE_COLOR: _force, ...environment } = process.env;
  // vitest takes the variable CI for a terminal with colours.
  const colours = process.stdout.isTTY ? process.env : { ...environment, NO_COLOR: '1' };
  const env = { ...colours, PATH, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** A script of package.json, so that `npm run check` and this run the same. */
function scriptOf(name: string): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = scripts[name];
  if (script === undefined) throw new Error(`package.json has no script ${name}`);
  return script;
}

/** A file that fails while none of its tests does, as before or after them, counts as one failure. */
function countAll(reports: readonly FileReport[]): Counts {
  const broken = reports.filter(
    ({ status, assertionResults: all }) => status === 'failed' && all.every((each) => each.status !== 'failed'),
  );
  const tests = reports.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed').length;
  return { passed, failed: failed + broken.length, skipped: tests.length - passed - failed };
}

function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function say(what: string): void {
  console.log(`— ${what}`);
}
