/** The log of one container, each line with its time before it (`timestamps=true`). */
export interface TimedLog {
  readonly container: string;
  readonly text: string;
}

/** Of all together, so that twenty containers are no more work than one. */
const MOST_LINES = 10_000;
const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/;

interface Line {
  readonly second: number;
  readonly nanosecond: number;
  readonly text: string;
}

/** What several containers wrote, as one log in the order of time, each line with whose it is. */
export function mergeLogs(logs: readonly TimedLog[], hasTimes: boolean): string {
  const most = Math.floor(MOST_LINES / logs.length);
  const width = Math.max(...logs.map(({ container }) => container.length));
  return logs
    .flatMap(({ container, text }) => linesOf(text, `${container.padEnd(width)} │ `, hasTimes).slice(-most))
    .toSorted((a, b) => a.second - b.second || a.nanosecond - b.nanosecond)
    .map(({ text }) => text)
    .join('');
}

function linesOf(log: string, prefix: string, hasTimes: boolean): Line[] {
  const lines = log.split('\n').slice(-MOST_LINES);
  if (lines.at(-1) === '') lines.pop();
  let [second, nanosecond] = [0, 0];
  return lines.map((line) => {
    const [stamp = '', at = '', fraction = '', zone = ''] = TIMED.exec(line) ?? [];
    // A line without a time is of the time of the one before it.
    if (stamp !== '') [second, nanosecond] = [Date.parse(at + zone), Number(fraction.padEnd(9, '0'))];
    return { second, nanosecond, text: `${prefix}${hasTimes ? line : line.slice(stamp.length)}\n` };
  });
}
