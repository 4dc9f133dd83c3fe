import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { DENIED_SYSCALLS } from '../../src/kubernetes/shell/syscalls.ts';
import { oddSeconds, pidsOf, startShellHouse, until } from './shell-terminal.ts';
import type { ShellHouse, Terminal } from './shell-terminal.ts';

let house: ShellHouse;
let terminal: Terminal;

beforeAll(async () => {
  process.env['CURFEW_SECRET_OF_THE_PORTAL'] = 'must-not-be-seen';
  house = await startShellHouse();
  terminal = await house.open(createTestSession({ clock: house.clock }));
});
afterAll(() => house.stop());

/** The pid, on the host, of a process that the shell starts now. */
async function startMarked(shell: Terminal): Promise<number> {
  const seconds = oddSeconds();
  await shell.run(`sleep ${seconds} &`);
  return until(() => pidsOf(`sleep ${seconds}`)[0], 'the marked process');
}

const statusOf = (pid: number, field: string): string =>
  new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

describe('who the processes are', () => {
  it('has no host uid 0 in the map, nor any privilege', async () => {
    const pid = await startMarked(terminal);
    const [inside, outside, count] = readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/).map(Number);
    expect([inside, count]).toEqual([1000, 1]);
    expect(outside).toBeGreaterThan(0);
    expect(statusOf(pid, 'Uid').split('\t')).toEqual(Array.from({ length: 4 }, () => String(outside)));
    expect(statusOf(pid, 'Groups').trim()).toBe('');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(statusOf(pid, set)).toMatch(/^0+$/);
    expect(statusOf(pid, 'NoNewPrivs')).toBe('1');
    expect(statusOf(pid, 'Seccomp')).toBe('2');
  });

  it('reads no file of root, though it is bound', async () => {
    const path = `${house.workshop.folder.etc}/only-for-root`;
    writeFileSync(path, 'secret');
    chmodSync(path, 0o600);
    expect(await terminal.run('ls /etc/only-for-root; cat /etc/only-for-root')).toBe(
      '/etc/only-for-root\ncat: /etc/only-for-root: Permission denied',
    );
  });

  it('changes nothing of the kernel', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    expect(await terminal.run("(echo '|/tmp/x' > /proc/sys/kernel/core_pattern) 2>&1")).toMatch(/Read-only|denied/);
    expect(await terminal.run('(echo 1 > /proc/sys/net/ipv4/ip_forward) 2>&1')).toMatch(/Read-only|denied/);
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });

  it('has no descriptor that it was not given', async () => {
    expect(await terminal.run('ls /proc/self/fd | tr "\\n" " "')).toBe('0 1 2 3');
    expect(await terminal.run('ls -l /proc/$$/fd | grep -v /dev/pts/ | grep -c -- "->"')).toBe('0');
  });
});

describe('what it may ask of the kernel', () => {
  const column = process.arch === 'x64' ? 0 : 1;

  it('refuses every denied call, unshare, mount, ptrace and keyctl among them', async () => {
    const numbers = Object.entries(DENIED_SYSCALLS).flatMap(([name, each]) => {
      const number = each[column];
      return number === null ? [] : [`${name}=${number}`];
    });
    const script =
      'for (@ARGV) { my ($n, $c) = split /=/; $! = 0; my $r = syscall($c, 0, 0, 0, 0, 0, 0); print "$n " if $r != -1 || $! != 1 }';
    expect(await terminal.run(`perl -e '${script}' ${numbers.join(' ')}; echo done`)).toBe('done');
  });

  it('refuses them to the programs that use them', async () => {
    expect(await terminal.run('unshare -U true 2>&1')).toMatch(/Operation not permitted/);
    expect(await terminal.run('unshare -r -m true 2>&1')).toMatch(/Operation not permitted/);
    expect(await terminal.run('mount -t tmpfs x /tmp 2>&1')).toMatch(/must be superuser|permission denied/);
    expect(await terminal.run('chroot / true 2>&1')).toMatch(/Operation not permitted/);
  });

  it('refuses to push input into the terminal', async () => {
    const push = 'perl -e \'my $c = "x"; ioctl(STDIN, 0x5412, $c) or print $! + 0\'';
    expect(await terminal.run(push)).toBe('1');
  });

  it('opens no socket but Unix and Internet ones', async () => {
    const open =
      'perl -MSocket -e \'for (1, 2, 10, 16, 17, 38, 40) { print socket(my $s, $_, SOCK_DGRAM, 0) ? "y" : $! + 0, " " }\'';
    expect(await terminal.run(open)).toBe('y y y 97 97 97 97');
  });
});

describe('what it sees', () => {
  it('is a closed world of read-only folders', async () => {
    expect(await terminal.run('ls / | tr "\\n" " "')).toBe('bin dev etc home lib lib64 opt proc run sbin tmp usr');
    expect(await terminal.run('ls /run /usr/local /home | tr "\\n" " "')).toBe(
      '/home: curfew  /run: curfew  /usr/local:',
    );
    expect(
      await terminal.run('for d in / /usr /etc /dev /run /run/curfew /opt; do touch $d/x 2>/dev/null && echo $d; done'),
    ).toBe('');
    expect(await terminal.run('ls /etc/shadow /etc/ssl /var 2>&1 | grep -c "No such file"')).toBe('3');
  });

  it('holds no credential', async () => {
    const names = (await terminal.run('env | sed "s/=.*//" | sort | tr "\\n" " "')).split(' ');
    const expected = 'COLORTERM CURFEW_CLUSTER HOME KUBECONFIG LANG LOGNAME PATH PWD SHELL SHLVL TERM USER _';
    expect(names.filter((name) => name !== 'OLDPWD').join(' ')).toBe(expected);
    expect(await terminal.run('cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -c SECRET')).toBe('0');
    const kubeconfig: unknown = JSON.parse(await terminal.run('kubectl config view --raw -o json'));
    expect(kubeconfig).toMatchObject({ users: null, clusters: [{ cluster: { server: 'http://127.0.0.1:8001' } }] });
  });

  it('has no way to the loopback of the host', async () => {
    const server = createServer((socket) => socket.end('host')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = `(exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3) 2>&1`;
    expect(await terminal.run(connect)).toMatch(/Connection refused/);
    expect(await terminal.run('(exec 3<>/dev/tcp/10.0.0.1/80) 2>&1')).toMatch(/unreachable/);
    expect(await terminal.run('cat /proc/net/dev | grep -c :')).toBe('1');
    server.close();
  });

  it('sees nothing of another shell, and cannot use its socket', async () => {
    const other = await house.open(createTestSession({ clock: house.clock, id: 'session-of-bob' }));
    const pid = await startMarked(other);
    const own = await startMarked(terminal);
    expect(statusOf(pid, 'Uid')).not.toBe(statusOf(own, 'Uid'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    expect(await terminal.run(`ps -e -o args | grep -c "[s]${command.slice(1)}"`)).toBe('0');
    expect(await terminal.run(`kill -0 ${pid} 2>&1`)).toMatch(/No such process/);
    const socket = `${house.workshop.folder.path}/${other.id}/relay.sock`;
    expect(await terminal.run(`ls ${socket} 2>&1`)).toMatch(/No such file/);
    house.shells.close(other.id);
  });

  it("is not let in at another shell's socket, even on the host", async () => {
    const other = await house.open(createTestSession({ clock: house.clock, id: 'session-of-carol' }));
    const uidOf = async (shell: Terminal): Promise<string> =>
      statusOf(await startMarked(shell), 'Uid').split('\t')[0] ?? '';
    const connectAs = (uid: string): string => {
      const socket = `UNIX-CONNECT:${house.workshop.folder.path}/${other.id}/relay.sock`;
      const as = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      return spawnSync('setpriv', [...as, 'socat', '-u', '/dev/null', socket], { encoding: 'utf8' }).stderr;
    };
    expect(connectAs(await uidOf(other))).toBe('');
    expect(connectAs(await uidOf(terminal))).toMatch(/Permission denied/);
    house.shells.close(other.id);
  });
});

describe('how much it may use', () => {
  it('a file system of 128 MiB', async () => {
    expect(await terminal.run('head -c 200M /dev/zero 2>&1 > /tmp/big; stat -c %s /tmp/big; rm /tmp/big')).toMatch(
      /No space left[^]*134217728$/,
    );
  });

  it('as much memory as a shell has: a hog is killed, the shell is not', async () => {
    expect(await terminal.run('perl -e \'my @a; push @a, "x" x 1e7 while 1\'; echo "exit $?"')).toMatch(/exit 137$/);
    expect(await terminal.run('echo alive')).toBe('alive');
  });

  it('a bounded number of processes: a fork bomb stays in its shell and goes with it', async () => {
    const bomb = await house.open(createTestSession({ clock: house.clock, id: 'session-of-mallory' }));
    const pid = await startMarked(bomb);
    const membership =
      readFileSync(`/proc/${pid}/cgroup`, 'utf8')
        .split('\n')
        .find((line) => /:pids:|^0::/.test(line)) ?? '';
    const folder = `${membership.startsWith('0::') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids'}${membership.split(':')[2]}`;
    const tasks = (): number => Number(readFileSync(`${folder}/pids.current`, 'utf8'));
    expect(readFileSync(`${folder}/pids.max`, 'utf8').trim()).toBe('256');
    bomb.type(':(){ :|:& };:\n');
    await until(() => tasks() > 200, 'the bomb to go off');
    expect(tasks()).toBeLessThanOrEqual(256);
    expect(await terminal.run('echo alive')).toBe('alive');
    const startedAt = performance.now();
    house.shells.close(bomb.id);
    await until(() => !isThere(folder), 'the cgroup to be gone');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

function isThere(folder: string): boolean {
  try {
    readFileSync(`${folder}/cgroup.procs`);
    return true;
  } catch {
    return false;
  }
}
