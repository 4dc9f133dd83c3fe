import { rmSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { bury } from './burial.ts';
import { cgroupName } from './leftovers.ts';
import type { RunFolder } from './run-folder.ts';
import { run } from './sandbox-host.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { LAUNCHER_ENVIRONMENT, sandboxLaunch } from './sandbox.ts';

const PROBE_ID = 'probe';

/**
 * Makes a sandbox exactly as a shell does, only that it says a word and ends.
 *
 * @returns null when it worked, otherwise a sentence with what to do
 */
export async function probeSandbox(host: SandboxHost, folder: RunFolder, clock: Clock): Promise<string | null> {
  const uid = host.uids?.take() ?? null;
  const session = folder.makeSessionFolder(PROBE_ID, uid);
  session.handOver();
  const group = host.cgroups.make(cgroupName(PROBE_ID), host.limits);
  try {
    const shell = { clusterId: 'probe', kubectl: null, session: session.path, uid, group };
    const launch = sandboxLaunch(host, folder, shell, ['/bin/sh', '-c', 'echo works; exec id -u']);
    const { succeeded, stdout, stderr } = await run(launch, LAUNCHER_ENVIRONMENT);
    return succeeded && stdout === 'works\n1000\n' ? null : describeFailure(stderr || stdout);
  } finally {
    await bury(group, undefined, clock);
    rmSync(session.path, { recursive: true, force: true });
    if (uid !== null) host.uids?.giveBack(uid);
  }
}

function describeFailure(output: string): string {
  const said = output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return (
    `bubblewrap could not make a sandbox here (${said}). It needs user namespaces: ` +
    'set kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0 where the kernel has them; ' +
    'in a container, allow namespaces and an unmasked /proc.'
  );
}
