import { assemble, ifAnyBit, ifEqual, ifGreater, load, returns, unlessEqual } from './bpf.ts';
import type { Instruction } from './bpf.ts';
import { DENIED_SYSCALLS, INSPECTED_SYSCALLS, NEWEST_REVIEWED_SYSCALL } from './syscalls.ts';
import type { FilteredArch } from './syscalls.ts';

/** Offsets in `struct seccomp_data` (linux/seccomp.h); an argument's low word comes first on both machines. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number): number => 16 + 8 * index;

const AUDIT_ARCH: Record<FilteredArch, number> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

const KILL = returns(0x8000_0000);
const ALLOW = returns(0x7fff_0000);
const refuse = (errno: number): Instruction => returns(0x0005_0000 | errno);
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000;
/** TIOCSTI and TIOCLINUX push input into a terminal; TIOCCONS takes the console; TIOCSETD loads line disciplines. */
const DENIED_IOCTLS = [0x5412, 0x541c, 0x541d, 0x5423];
/** AF_UNIX, AF_INET, AF_INET6. */
const SOCKET_FAMILIES = [1, 2, 10];

/** Whether there is a filter for this machine. */
export function isFilteredArch(arch: string): arch is FilteredArch {
  return Object.hasOwn(AUDIT_ARCH, arch);
}

/**
 * The seccomp filter of a shell as `bwrap --seccomp` takes it. A denied call answers EPERM; a foreign architecture
 * (32-bit calls, x32) kills the process; `clone3`, whose flags a filter cannot see, and calls newer than the list
 * answer ENOSYS, and programs fall back to `clone`.
 */
export function seccompFilter(arch: FilteredArch): Buffer {
  const column = arch === 'x64' ? 0 : 1;
  const inspected = (name: keyof typeof INSPECTED_SYSCALLS, body: Instruction[]): Instruction[] =>
    ifEqual(INSPECTED_SYSCALLS[name][column], body);
  const denied = Object.values(DENIED_SYSCALLS).flatMap((numbers) => {
    const number = numbers[column];
    return number === null || number === undefined ? [] : ifEqual(number, [refuse(EPERM)]);
  });
  return assemble([
    load(ARCH),
    ...unlessEqual(AUDIT_ARCH[arch], [KILL]),
    load(NUMBER),
    ...ifGreater(0x3fff_ffff, [KILL]), // the x32 numbers of x86_64
    ...ifGreater(NEWEST_REVIEWED_SYSCALL, [refuse(ENOSYS)]),
    ...inspected('clone3', [refuse(ENOSYS)]),
    ...inspected('clone', [load(argument(0)), ...ifAnyBit(NEW_NAMESPACES, [refuse(EPERM)]), ALLOW]),
    ...inspected('ioctl', [
      load(argument(1)),
      ...DENIED_IOCTLS.flatMap((each) => ifEqual(each, [refuse(EPERM)])),
      ALLOW,
    ]),
    ...(['socket', 'socketpair'] as const).flatMap((name) => inspected(name, socketFamilies())),
    ...denied,
    ALLOW,
  ]);
}

function socketFamilies(): Instruction[] {
  return [load(argument(0)), ...SOCKET_FAMILIES.flatMap((family) => ifEqual(family, [ALLOW])), refuse(EAFNOSUPPORT)];
}
