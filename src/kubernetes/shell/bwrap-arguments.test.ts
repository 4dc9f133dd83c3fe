import { describe, expect, it } from 'vitest';
import { bwrapArguments, sandboxEnvironment } from './bwrap-arguments.ts';
import { launchCommand } from './launcher.ts';

const sources = {
  rootFolders: [
    { name: 'bin', linkTo: 'usr/bin' },
    { name: 'lib', linkTo: null },
  ],
  maskedProc: ['kcore'],
  etc: '/run/shells/etc',
  session: '/run/shells/one',
  kubectl: '/home/alice/kubectl',
  tmpfsBytes: 1000,
};
const argumentsFor = (changes: Partial<typeof sources> = {}) =>
  bwrapArguments({ ...sources, ...changes }, { HOME: '/x' }, 3);

/** What an option binds or links, as pairs. */
const pairsOf = (args: string[], option: string): string[] =>
  args.flatMap((each, index) => (each === option ? [`${args[index + 1]} ${args[index + 2]}`] : []));

describe('the arguments for bubblewrap', () => {
  it('bind a fixed list, all of it read-only', () => {
    const args = argumentsFor();
    expect(args).not.toContain('--bind');
    expect(args).not.toContain('--dev-bind');
    expect(args).not.toContain('--share-net');
    expect(args).not.toContain('--new-session');
    expect(pairsOf(args, '--ro-bind')).toEqual([
      '/usr /usr',
      '/lib /lib',
      '/home/alice/kubectl /opt/curfew/bin/kubectl',
      '/proc/sys /proc/sys',
      '/dev/null /proc/kcore',
      '/run/shells/etc /etc',
      '/run/shells/one /run/curfew',
    ]);
  });

  it('bound every folder that can be written to, and close the rest', () => {
    const args = argumentsFor();
    const writable = args.flatMap((each, index) =>
      each === '--tmpfs' && args[index - 2] === '--size' ? [args[index + 1]] : [],
    );
    expect(writable).toEqual(['/dev/shm', '/tmp', '/home/curfew']);
    expect(args.filter((_, index) => args[index - 1] === '--remount-ro')).toEqual(['/usr/local', '/dev', '/']);
  });

  it("link to the distribution's kubectl, so that it finds its versions", () => {
    expect(pairsOf(argumentsFor({ kubectl: '/usr/lib/sdk/kubectl' }), '--symlink')).toContain(
      '/usr/lib/sdk/kubectl /opt/curfew/bin/kubectl',
    );
    expect(pairsOf(argumentsFor({ kubectl: '/usr/local/bin/kubectl' }), '--ro-bind')).toContain(
      '/usr/local/bin/kubectl /opt/curfew/bin/kubectl',
    );
  });

  it("give an environment in which nothing is the portal's", () => {
    expect(Object.keys(sandboxEnvironment('demo')).toSorted()).toEqual(
      'COLORTERM CURFEW_CLUSTER HOME KUBECONFIG LANG LOGNAME PATH SHELL TERM USER'.split(' '),
    );
  });
});

describe('the launcher', () => {
  const launch = {
    programs: { bash: '/bin/bash', bwrap: '/bin/bwrap', setpriv: '/bin/setpriv' },
    procsFiles: ['/sys/a/cgroup.procs'],
    seccompFile: '/run/seccomp',
    uid: 1_900_000_001,
    tasks: 64,
    bwrapArguments: ['--x'],
    command: ['/etc/curfew/init'],
  };

  it('drops to the uid before bubblewrap', () => {
    expect(launchCommand(launch).args.slice(-10)).toEqual([
      '/bin/setpriv',
      '--reuid=1900000001',
      '--regid=1900000001',
      '--clear-groups',
      '--no-new-privs',
      '--inh-caps=-all',
      '--bounding-set=-all',
      '/bin/bwrap',
      '--x',
      '/etc/curfew/init',
    ]);
  });

  it('throws rather than start as root', () => {
    expect(() => launchCommand({ ...launch, programs: { ...launch.programs, setpriv: null } })).toThrow(/setpriv/);
  });
});
