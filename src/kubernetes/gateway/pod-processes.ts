/** A process of a container, by what no other process there ever shares: its number and when it started. */
export interface PodProcess {
  readonly pid: number;
  /** In ticks since the node's start, as the kernel counts them. */
  readonly startTicks: number;
  /** The same of the container's process 1: another container has another. */
  readonly initTicks: number;
}

/** Between what the user's exec must have begun, and when it was looked for; instants of the portal's clock. */
export interface Sighting {
  readonly askedAt: number;
  /** When its first output came. */
  readonly heardAt: number;
  readonly lookedAt: number;
  readonly answeredAt: number;
}

/** Linux counts in these for every program, whatever it does inside. */
const TICK_MS = 10;
/** Instants are rounded on both sides. */
const SLACK_MS = 50;
const LINE = /^(\d{1,10}) (\d{1,10}) (\d{1,10}) (\d{1,15})$/;

/**
 * Prints its own number, then a line for each process whose parent is outside of the container: number, session,
 * terminal, start. Nobody in a container can make such a process. Reads with the shell's own means, since an image may
 * have no other; what stands behind the last parenthesis of a `stat` is the kernel's word alone.
 */
export const LIST_SCRIPT = [
  'echo "$$"',
  'for d in /proc/[0-9]*',
  'do { read -r l <"$d/stat"; } 2>/dev/null || continue',
  'set -- ${l##*) }',
  '[ "$2" != 0 ] || echo "${d#/proc/} $4 $5 ${20}"',
  'done',
].join('\n');

/**
 * Takes the start of process 1, the number of a session's leader, and his start. Looks again whether it is that one,
 * then ends all of his session: a hang-up first, and half a second later by force. Prints how many are left.
 *
 * A leader that is gone is no obstacle: his number is not given again while a process of his session lives.
 */
export const END_SCRIPT = [
  'look() { { read -r l <"/proc/$1/stat"; } 2>/dev/null || return 1; set -- ${l##*) }; z=$1 q=$2 s=$4 t=${20}; }',
  'i=$1 r=$2 b=$3',
  'look 1 && [ "$t" = "$i" ] || { echo 0; exit; }',
  'if look "$r"; then [ "$q $t" = "0 $b" ] || { echo 0; exit; }; fi',
  'each() {',
  'n=0',
  'for d in /proc/[0-9]*',
  'do look "${d#/proc/}" && [ "$s" = "$r" ] && [ "$t" -ge "$b" ] && [ "$z" != Z ] || continue',
  'n=$((n + 1))',
  'kill -s "$1" "${d#/proc/}" 2>/dev/null',
  'done',
  '}',
  'for g in HUP KILL KILL',
  'do each "$g"',
  '[ "$n" != 0 ] || break',
  '{ sleep 0.5 || sleep 1; } 2>/dev/null',
  'done',
  'each 0',
  'echo "$n"',
].join('\n');

/**
 * Which of the processes is the one that the user's exec started.
 *
 * The exec's stream was open before and after the look, and had carried output: so its process is among those that are
 * listed, and if only one can be it, that is the one. Too wide a window makes it `several`, never a wrong one.
 *
 * @param text what LIST_SCRIPT printed, or what somebody made of it
 */
export function findProcess(text: string, sighting: Sighting): PodProcess | 'several' | 'not-found' | 'failed' {
  const [selfLine = '', ...lines] = text.trimEnd().split('\n');
  const processes = lines.map(parseLine);
  const self = processes.find((process) => process !== null && String(process.pid) === selfLine);
  const init = processes.find((process) => process?.pid === 1);
  if (processes.includes(null)) return 'failed';
  // Where the processes of the node are seen, every parent is inside.
  if (self === undefined || self === null || init === undefined || init === null) return 'not-found';
  const fitting = processes.filter((process) => {
    if (process === null || process.pid === 1 || process.terminal === 0 || process.session !== process.pid)
      return false;
    const ageMs = (self.startTicks - process.startTicks) * TICK_MS;
    const { askedAt, heardAt, lookedAt, answeredAt } = sighting;
    return answeredAt - ageMs >= askedAt - SLACK_MS && lookedAt - ageMs <= heardAt + SLACK_MS;
  });
  const [first] = fitting;
  if (first === undefined || first === null) return 'not-found';
  if (fitting.length > 1) return 'several';
  return { pid: first.pid, startTicks: first.startTicks, initTicks: init.startTicks };
}

/** @returns how many processes END_SCRIPT says are left; null where it says no such thing */
export function parseLeft(text: string): number | null {
  return /^\d{1,6}\n$/.test(text) ? Number(text) : null;
}

interface Listed {
  readonly pid: number;
  readonly session: number;
  readonly terminal: number;
  readonly startTicks: number;
}

function parseLine(line: string): Listed | null {
  const [, pid, session, terminal, startTicks] = LINE.exec(line) ?? [];
  if (pid === undefined) return null;
  return { pid: Number(pid), session: Number(session), terminal: Number(terminal), startTicks: Number(startTicks) };
}
