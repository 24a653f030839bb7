/**
 * @module sandbox/native/seccomp-filter: what code in the sandbox may not ask of the kernel: other namespaces, mounts, tracing,
 * keys, modules, io_uring, kinds of sockets that the network namespace does not hold. The rest of the fence does not depend on
 * it; it keeps bugs of rarely used parts of the kernel out of reach.
 */
import { assemble, type Instruction } from './bpf.ts';
import { SYSTEM_CALLS } from './system-calls.ts';

const NR = 0;
const ARCH = 4;
/** Low words of the arguments, on machines that put them first. */
const ARGUMENT_0 = 16;
const ARGUMENT_1 = 24;

const KILL = 0x80000000;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000;
/** Put characters into the input of a terminal. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const FAMILIES = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;

/** Whether this machine's system calls are known. */
export function hasFilter(architecture: string = process.arch): boolean {
  return Object.hasOwn(SYSTEM_CALLS, architecture);
}

/**
 * The filter as `--seccomp` of bubblewrap reads it.
 *
 * @param withNetwork also lets netlink sockets through, by which programs learn the machine's addresses
 * @throws RangeError for an architecture without a table
 */
export function seccompFilter(withNetwork: boolean, architecture: string = process.arch): Buffer {
  const calls = SYSTEM_CALLS[architecture];
  if (!calls) throw new RangeError(`no table of system calls for ${architecture}`);
  const { arch, refused, clone, clone3, ioctl, socket, socketpair, otherAbiFrom } = calls;
  const families = Object.entries(FAMILIES).flatMap(([name, family]) => (name === 'netlink' && !withNetwork ? [] : [family]));
  const program: Instruction[] = [
    { do: 'load', offset: ARCH },
    { do: 'equal', value: arch, to: 'known' },
    { do: 'return', value: KILL },
    { do: 'label', name: 'known' },
    { do: 'load', offset: NR },
    ...(otherAbiFrom === undefined ? [] : [{ do: 'atLeast', value: otherAbiFrom, to: 'kill' } as const]),
    ...Object.values(refused).map((value): Instruction => ({ do: 'equal', value, to: 'refuse' })),
    { do: 'equal', value: clone3, to: 'absent' },
    { do: 'equal', value: clone, to: 'clone' },
    { do: 'equal', value: ioctl, to: 'ioctl' },
    { do: 'equal', value: socket, to: 'socket' },
    { do: 'equal', value: socketpair, to: 'socket' },
    { do: 'return', value: ALLOW },
    { do: 'label', name: 'clone' },
    { do: 'load', offset: ARGUMENT_0 },
    { do: 'anyBit', value: NEW_NAMESPACES, to: 'refuse' },
    { do: 'return', value: ALLOW },
    { do: 'label', name: 'ioctl' },
    { do: 'load', offset: ARGUMENT_1 },
    { do: 'equal', value: TIOCSTI, to: 'refuse' },
    { do: 'equal', value: TIOCLINUX, to: 'refuse' },
    { do: 'return', value: ALLOW },
    { do: 'label', name: 'socket' },
    { do: 'load', offset: ARGUMENT_0 },
    ...families.map((value): Instruction => ({ do: 'equal', value, to: 'allow' })),
    { do: 'return', value: ERRNO | EAFNOSUPPORT },
    { do: 'label', name: 'allow' },
    { do: 'return', value: ALLOW },
    { do: 'label', name: 'refuse' },
    { do: 'return', value: ERRNO | EPERM },
    // Libraries fall back to clone, whose flags can be looked at.
    { do: 'label', name: 'absent' },
    { do: 'return', value: ERRNO | ENOSYS },
    { do: 'label', name: 'kill' },
    { do: 'return', value: KILL },
  ];
  return assemble(program);
}
