/**
 * @module sandbox/native/bpf: an assembler for classic BPF, as far as system-call filters need it.
 *
 * @see Linux, Documentation/userspace-api/seccomp_filter.rst and include/uapi/linux/filter.h
 */

/** An instruction before its jumps are known. `equal` and the like go on at the next instruction where they do not hold. */
export type Instruction =
  /** Loads the 32-bit word at this offset of `struct seccomp_data`. */
  | { readonly do: 'load'; readonly offset: number }
  | { readonly do: 'mask'; readonly value: number }
  | { readonly do: 'equal' | 'atLeast' | 'anyBit'; readonly value: number; readonly to: string }
  | { readonly do: 'goto'; readonly label: string }
  | { readonly do: 'return'; readonly value: number }
  | { readonly do: 'label'; readonly name: string };

const BYTES = 8;
const LOAD_WORD = 0x20;
const AND = 0x54;
const JUMP = 0x05;
const RETURN = 0x06;
const COMPARE = { equal: 0x15, atLeast: 0x35, anyBit: 0x45 } as const;
/** The kernel takes no longer program. */
const MAX_INSTRUCTIONS = 4096;
const MAX_CONDITIONAL = 255;

/**
 * The program in the machine's byte order (little endian on everything this filter knows).
 *
 * @throws RangeError for a jump backwards, to an unknown label, or (conditional ones) further than 255 instructions
 */
export function assemble(program: readonly Instruction[]): Buffer {
  const labels = new Map<string, number>();
  const code: Exclude<Instruction, { do: 'label' }>[] = [];
  for (const instruction of program) {
    if (instruction.do === 'label') labels.set(instruction.name, code.length);
    else code.push(instruction);
  }
  if (code.length > MAX_INSTRUCTIONS) throw new RangeError('the filter is too long');
  const distance = (label: string, from: number): number => {
    const to = labels.get(label);
    if (to === undefined || to <= from) throw new RangeError(`no label ${label} ahead`);
    return to - from - 1;
  };
  const bytes = Buffer.alloc(code.length * BYTES);
  code.forEach((instruction, index) => {
    const [operation, yes, value] = encode(instruction, (label) => distance(label, index));
    bytes.writeUInt16LE(operation, index * BYTES);
    bytes.writeUInt8(yes, index * BYTES + 2);
    bytes.writeUInt32LE(value >>> 0, index * BYTES + 4);
  });
  return bytes;
}

function encode(
  instruction: Exclude<Instruction, { do: 'label' }>,
  distance: (label: string) => number,
): readonly [operation: number, yes: number, value: number] {
  switch (instruction.do) {
    case 'load':
      return [LOAD_WORD, 0, instruction.offset];
    case 'mask':
      return [AND, 0, instruction.value];
    case 'goto':
      return [JUMP, 0, distance(instruction.label)];
    case 'return':
      return [RETURN, 0, instruction.value];
    default: {
      const yes = distance(instruction.to);
      if (yes > MAX_CONDITIONAL) throw new RangeError(`the label ${instruction.to} is too far`);
      return [COMPARE[instruction.do], yes, instruction.value];
    }
  }
}
