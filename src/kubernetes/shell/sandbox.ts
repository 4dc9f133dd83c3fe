import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { bury } from './burial.ts';
import { bwrapArguments, sandboxEnvironment } from './bwrap-arguments.ts';
import type { ShellCgroup } from './cgroup.ts';
import { SECCOMP_FD, launchCommand } from './launcher.ts';
import { cgroupName } from './leftovers.ts';
import { spawnPty } from './pty.ts';
import type { Pty } from './pty.ts';
import { openRelay } from './relay.ts';
import type { Relay } from './relay.ts';
import type { RunFolder } from './run-folder.ts';
import { shellKubeconfig } from './sandbox-files.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { SANDBOX } from './sandbox-layout.ts';
import type { Sandbox, SandboxRequest } from './shell-workshop.ts';

/** What is started, with kubectl where the shell's uid can run it. */
type MachineRequest = SandboxRequest & { readonly kubectl: string };

/** The environment of the launcher itself; nothing of it reaches the sandbox. */
export const LAUNCHER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

/** @returns null when it was no longer wanted */
export async function startSandbox(
  host: SandboxHost,
  folder: RunFolder,
  clock: Clock,
  request: MachineRequest,
): Promise<Sandbox | null> {
  await using made = new AsyncDisposableStack();
  const uid = takeUid(host, made);
  const session = folder.makeSessionFolder(request.id, uid);
  made.defer(() => rmSync(session.path, { recursive: true, force: true }));
  writeFileSync(`${session.path}/kubeconfig`, shellKubeconfig(request.clusterId, request.namespace));
  chmodSync(`${session.path}/kubeconfig`, 0o444);
  const relay = await openRelay(`${session.path}/relay.sock`, uid, request.relayTarget);
  made.defer(() => relay.close());
  session.handOver();
  if (!request.isStillWanted()) return null;
  const group = host.cgroups.make(cgroupName(request.id), host.limits);
  const launcher: { pid?: number } = {};
  made.defer(async () => {
    if (!(await bury(group, launcher.pid, clock))) throw new Error(`Processes of shell ${request.id} would not die`);
  });
  const launch = sandboxLaunch(host, folder, { ...request, session: session.path, uid, group });
  const pty = spawnPty(launch, request.size, LAUNCHER_ENVIRONMENT, request.listener);
  launcher.pid = pty.pid;
  return ownSandbox(pty, relay, made.move());
}

/** A uid is lent out again only after everything that had it is gone. */
function takeUid({ uids }: SandboxHost, made: AsyncDisposableStack): number | null {
  if (uids === null) return null;
  const uid = uids.take();
  if (uid === null) throw new Error('All uids for shells are in use');
  made.defer(() => uids.giveBack(uid));
  return uid;
}

/** The command that starts a sandbox with everything that belongs to it. */
export function sandboxLaunch(
  host: SandboxHost,
  folder: RunFolder,
  shell: { clusterId: string; kubectl: string | null; session: string; uid: number | null; group: ShellCgroup },
  command: readonly string[] = [`${SANDBOX.etc}/curfew/init`],
): { file: string; args: string[] } {
  const { rootFolders, maskedProc, limits } = host;
  const { kubectl, session } = shell;
  const sources = { rootFolders, maskedProc, etc: folder.etc, session, kubectl, tmpfsBytes: limits.tmpfsBytes };
  return launchCommand({
    programs: host.programs,
    procsFiles: shell.group.procsFiles,
    seccompFile: folder.seccompFile,
    uid: shell.uid,
    tasks: limits.tasks,
    bwrapArguments: bwrapArguments(sources, sandboxEnvironment(shell.clusterId), SECCOMP_FD),
    command,
  });
}

function ownSandbox(pty: Pty, relay: Relay, owned: AsyncDisposableStack): Sandbox {
  let destroyed: Promise<boolean> | null = null;
  const destroy = (): Promise<boolean> => {
    pty.pause();
    relay.cut();
    // The last thing made is the first disposed of, within this call: the processes are killed now.
    destroyed ??= owned.disposeAsync().then(
      () => true,
      () => false,
    );
    return destroyed;
  };
  return { pty, cut: () => void destroy(), destroy };
}
