/** Programs of the host that start a sandbox, with their full paths. */
export interface LauncherPrograms {
  readonly bash: string;
  readonly bwrap: string;
  /** Only needed as root. */
  readonly setpriv: string | null;
}

export interface Launch {
  readonly programs: LauncherPrograms;
  readonly procsFiles: readonly string[];
  readonly seccompFile: string;
  /** The uid (and gid) to drop to; null where the portal is not root and the sandbox has its uid. */
  readonly uid: number | null;
  /** Threads and processes of that uid, where it is the shell's alone. */
  readonly tasks: number;
  readonly bwrapArguments: readonly string[];
  readonly command: readonly string[];
}

/** The descriptor on which bubblewrap reads the filter. */
export const SECCOMP_FD = 3;

/**
 * Runs before anything of the user's does: closes every inherited descriptor, enters the cgroups, offers itself to the
 * kernel first when memory runs out, and becomes the sandbox. `$1` counts the cgroups, `$2` is the filter, `$3` the
 * limit of processes (empty: none).
 */
const SCRIPT = `set -eu
for descriptor in /proc/$$/fd/*; do
  descriptor=\${descriptor##*/}
  [ "$descriptor" -le 2 ] || eval "exec $descriptor>&-"
done
groups=$1 filter=$2 tasks=$3
shift 3
while [ "$groups" -gt 0 ]; do
  echo $$ > "$1"
  shift
  groups=$((groups - 1))
done
echo 800 > /proc/self/oom_score_adj
ulimit -c 0
ulimit -n 4096 2> /dev/null || : # fewer are allowed already
[ -z "$tasks" ] || ulimit -u "$tasks"
exec ${SECCOMP_FD}< "$filter"
exec "$@"
`;

/**
 * The command that starts a sandbox. As root it first becomes an unprivileged uid: bubblewrap run by root would map the
 * sandbox to the host's uid 0 (security, first item).
 */
export function launchCommand(launch: Launch): { file: string; args: string[] } {
  const { programs, procsFiles, uid } = launch;
  return {
    file: programs.bash,
    args: [
      ...['--noprofile', '--norc', '-c', SCRIPT, 'curfew-shell'],
      ...[String(procsFiles.length), launch.seccompFile, uid === null ? '' : String(launch.tasks), ...procsFiles],
      ...dropTo(programs.setpriv, uid),
      ...[programs.bwrap, ...launch.bwrapArguments, ...launch.command],
    ],
  };
}

function dropTo(setpriv: string | null, uid: number | null): string[] {
  if (uid === null) return [];
  if (setpriv === null) throw new Error('A sandbox that root starts needs setpriv');
  const privileges = ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
  return [setpriv, `--reuid=${uid}`, `--regid=${uid}`, ...privileges];
}
