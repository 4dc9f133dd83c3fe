import { describe, expect, it } from 'vitest';
import { seccompFilter } from './seccomp-filter.ts';
import { DENIED_SYSCALLS } from './syscalls.ts';

const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const errno = (code: number): number => 0x0005_0000 | code;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [errno(1), errno(38), errno(97)];
const X86_64 = 0xc000_003e;
const ARM64 = 0xc000_00b7;

/** The kernel's classic BPF, as far as a seccomp filter goes. */
function evaluate(filter: Buffer, call: { arch: number; number: number; args?: number[] }): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [index, value] of (call.args ?? []).entries()) data.writeUInt32LE(value, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const value = filter.readUInt32LE(at + 4);
    const jump = (isTaken: boolean): void => void (at += 8 * filter.readUInt8(at + (isTaken ? 2 : 3)));
    switch (filter.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        break;
      case 0x15:
        jump(accumulator === value);
        break;
      case 0x25:
        jump(accumulator > value);
        break;
      case 0x45:
        jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return value;
      default:
        throw new Error(`An instruction that no filter has at ${at}`);
    }
  }
  throw new Error('The filter ends without an answer');
}

const x64 = (number: number, ...args: number[]): number =>
  evaluate(seccompFilter('x64'), { arch: X86_64, number, args });
const arm64 = (number: number, ...args: number[]): number =>
  evaluate(seccompFilter('arm64'), { arch: ARM64, number, args });

describe('the system call filter', () => {
  it('denies every listed call on both machines', () => {
    const answers = (column: 0 | 1, call: (number: number) => number) =>
      Object.entries(DENIED_SYSCALLS).flatMap(([name, numbers]) => {
        const number = numbers[column];
        return number === null || call(number) === EPERM ? [] : [name];
      });
    expect(answers(0, x64)).toEqual([]);
    expect(answers(1, arm64)).toEqual([]);
    expect(Object.keys(DENIED_SYSCALLS).length).toBeGreaterThan(60);
  });

  it('lets pass what a shell does all day', () => {
    for (const number of [0, 1, 2, 3, 9, 39, 57, 59, 61, 62, 231, 232, 257, 262, 288, 334, 439])
      expect(x64(number)).toBe(ALLOW);
    for (const number of [56, 57, 63, 64, 93, 129, 172, 203, 220, 221, 222, 260, 439])
      expect(arm64(number)).toBe(ALLOW);
  });

  it('kills what speaks another architecture or x32', () => {
    expect(evaluate(seccompFilter('x64'), { arch: 0x4000_0003, number: 1 })).toBe(KILL);
    expect(evaluate(seccompFilter('x64'), { arch: ARM64, number: 1 })).toBe(KILL);
    expect(evaluate(seccompFilter('arm64'), { arch: 0x4000_0028, number: 1 })).toBe(KILL);
    expect(x64(0x4000_0000 + 101)).toBe(KILL);
  });

  it('allows new threads and processes, and no new namespace of any kind', () => {
    expect(x64(56, 0x003d_0f00)).toBe(ALLOW);
    expect(arm64(220, 0x0120_0011)).toBe(ALLOW);
    for (const bit of [17, 25, 26, 27, 28, 29, 30]) {
      expect(x64(56, (1 << bit) | 17)).toBe(EPERM);
      expect(arm64(220, ((1 << bit) | 17) >>> 0)).toBe(EPERM);
    }
  });

  it('knows neither clone3, whose flags it cannot see, nor calls newer than the list', () => {
    expect(x64(435)).toBe(ENOSYS);
    expect(arm64(435)).toBe(ENOSYS);
    expect(x64(467)).toBe(ENOSYS);
    expect(arm64(9999)).toBe(ENOSYS);
  });

  it('denies pushing input into a terminal, and nothing else of ioctl', () => {
    expect(x64(16, 0, 0x5412)).toBe(EPERM);
    expect(x64(16, 0, 0x541c)).toBe(EPERM);
    expect(arm64(29, 0, 0x5423)).toBe(EPERM);
    expect(x64(16, 0, 0x5413)).toBe(ALLOW);
    expect(x64(16, 0, 0x5401)).toBe(ALLOW);
  });

  it('opens sockets of three families', () => {
    for (const family of [1, 2, 10]) expect(x64(41, family)).toBe(ALLOW);
    for (const family of [0, 3, 5, 16, 17, 31, 38, 40, 44]) {
      expect(x64(41, family)).toBe(EAFNOSUPPORT);
      expect(arm64(199, family)).toBe(EAFNOSUPPORT);
    }
  });
});
