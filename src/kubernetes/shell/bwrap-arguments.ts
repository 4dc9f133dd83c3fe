import { SANDBOX, SANDBOX_UID } from './sandbox-layout.ts';

/** What the sandbox is made of on the host. */
export interface SandboxSources {
  /** Folders of the merged or unmerged `/usr` at the root: a link to `usr/…`, or a folder of its own. */
  readonly rootFolders: readonly { name: string; linkTo: string | null }[];
  /** What of `/proc` is covered; only what this kernel has. */
  readonly maskedProc: readonly string[];
  readonly etc: string;
  /** The folder with the socket and the kubeconfig of this shell. */
  readonly session: string;
  readonly kubectl: string | null;
  readonly tmpfsBytes: number;
}

/** Names at the root that lead into `/usr` since the merge (and are folders where it did not happen). */
export const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
/** Of no use to a shell, and telling or dangerous where a kernel forgets to check. */
export const MASKED_PROC = [
  'kcore',
  'keys',
  'key-users',
  'kmsg',
  'sysrq-trigger',
  'timer_list',
  'sched_debug',
  'kallsyms',
];

/**
 * The arguments for bubblewrap, up to the command. A fixed list: `/usr`, our own `/etc`, this shell's folder, kubectl.
 * `--new-session` is left out, since job control needs the terminal; pushing input into it is what the filter forbids.
 *
 * @param seccompFd the descriptor that the filter can be read from
 */
export function bwrapArguments(
  sources: SandboxSources,
  environment: Readonly<Record<string, string>>,
  seccompFd: number,
): string[] {
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent'],
    ...['--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_UID), '--hostname', 'curfew', '--cap-drop', 'ALL'],
    ...['--seccomp', String(seccompFd), '--clearenv'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...programs(sources),
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
    ...sources.maskedProc.flatMap((name) => ['--ro-bind', '/dev/null', `/proc/${name}`]),
    ...['--dev', '/dev', ...tmpfs('/dev/shm', sources.tmpfsBytes), '--remount-ro', '/dev'],
    ...tmpfs('/tmp', sources.tmpfsBytes),
    ...tmpfs(SANDBOX.home, sources.tmpfsBytes, '0755'),
    ...['--dir', `${SANDBOX.home}/.kube`],
    ...['--ro-bind', sources.etc, SANDBOX.etc],
    ...['--ro-bind', sources.session, SANDBOX.session],
    ...['--remount-ro', '/', '--chdir', SANDBOX.home],
  ];
}

/** kubectl beneath `/usr` is linked to, so that it finds what is installed beside it; from elsewhere it is bound. */
function programs({ rootFolders, kubectl }: SandboxSources): string[] {
  const isInUsr = kubectl !== null && kubectl.startsWith('/usr/') && !kubectl.startsWith('/usr/local/');
  return [
    ...['--ro-bind', '/usr', '/usr'],
    // What an administrator put here is not the distribution's, and none of a shell's business.
    ...['--tmpfs', '/usr/local', '--remount-ro', '/usr/local'],
    ...rootFolders.flatMap(({ name, linkTo }) =>
      linkTo === null ? ['--ro-bind', `/${name}`, `/${name}`] : ['--symlink', linkTo, `/${name}`],
    ),
    ...(kubectl === null ? [] : [isInUsr ? '--symlink' : '--ro-bind', kubectl, SANDBOX.kubectl]),
  ];
}

function tmpfs(path: string, bytes: number, mode = '1777'): string[] {
  return ['--perms', mode, '--size', String(bytes), '--tmpfs', path];
}

/** The whole environment inside. No credential, nothing of the portal's. */
export function sandboxEnvironment(clusterId: string): Record<string, string> {
  return {
    PATH: `${SANDBOX.kubectl.slice(0, SANDBOX.kubectl.lastIndexOf('/'))}:/usr/bin:/bin:/usr/sbin:/sbin`,
    HOME: SANDBOX.home,
    USER: 'curfew',
    LOGNAME: 'curfew',
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    KUBECONFIG: `${SANDBOX.home}/.kube/config`,
    CURFEW_CLUSTER: clusterId,
  };
}
