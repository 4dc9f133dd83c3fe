/** One instruction of classic BPF, as `struct sock_filter` has it: two jumps are relative to the next instruction. */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly value: number;
}

const LOAD_WORD_ABSOLUTE = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const instruction = (code: number, value: number, jumpTrue = 0, jumpFalse = 0): Instruction => {
  if (jumpTrue > 255 || jumpFalse > 255) throw new RangeError('A BPF jump reaches at most 255 instructions');
  return { code, jumpTrue, jumpFalse, value };
};

/** Loads the 32-bit word at `offset` of the data into the accumulator. */
export const load = (offset: number): Instruction => instruction(LOAD_WORD_ABSOLUTE, offset);
export const returns = (value: number): Instruction => instruction(RETURN, value);

/** Runs `body` if the accumulator equals `value`, and jumps over it otherwise. */
export const ifEqual = (value: number, body: readonly Instruction[]): Instruction[] => [
  instruction(JUMP_IF_EQUAL, value, 0, body.length),
  ...body,
];
export const unlessEqual = (value: number, body: readonly Instruction[]): Instruction[] => [
  instruction(JUMP_IF_EQUAL, value, body.length, 0),
  ...body,
];
export const ifGreater = (value: number, body: readonly Instruction[]): Instruction[] => [
  instruction(JUMP_IF_GREATER, value, 0, body.length),
  ...body,
];
export const ifAnyBit = (mask: number, body: readonly Instruction[]): Instruction[] => [
  instruction(JUMP_IF_ANY_BIT, mask, 0, body.length),
  ...body,
];

/** The program as the kernel takes it: 8 bytes an instruction, little-endian (x86_64 and arm64 both are). */
export function assemble(program: readonly Instruction[]): Buffer {
  if (program.length > 4096) throw new RangeError('A BPF program has at most 4096 instructions');
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jumpTrue, jumpFalse, value }] of program.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(jumpTrue, at + 2);
    bytes.writeUInt8(jumpFalse, at + 3);
    bytes.writeUInt32LE(value >>> 0, at + 4);
  }
  return bytes;
}
