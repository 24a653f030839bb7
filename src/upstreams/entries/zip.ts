/**
 * @module upstreams/entries/zip: reads archives of bundles, whole, within bounds.
 *
 * Stored and deflated members, as packers of bundles write them. Refused: encryption, ZIP64, members
 * outside of the archive's folder, links and devices, names that two members share on any system.
 *
 * @see PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

/** One file of the archive. */
export interface ZipMember {
  /** With `/` between steps; relative, without `.` and `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly isExecutable: boolean;
}

/** Bounds of an archive. */
export interface ZipLimits {
  readonly maxMembers: number;
  /** Of all members, unpacked. */
  readonly maxBytes: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const ZIP64 = 0xffffffff;
const DEFAULT_LIMITS: ZipLimits = { maxMembers: 20_000, maxBytes: 268_435_456 };

function broken(message: string): AppError {
  return new AppError('SOURCE_INVALID', { message: `The archive cannot be used: ${message}` });
}

/** All files of the archive; folders are left out. @throws AppError SOURCE_INVALID */
export function readZip(archive: Uint8Array, limits: ZipLimits = DEFAULT_LIMITS): readonly ZipMember[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    return readMembers(bytes, limits);
  } catch (error) {
    if (AppError.is(error)) throw error;
    // What the buffer or the decompressor refuses is the archive's fault.
    throw new AppError('SOURCE_INVALID', { message: 'The archive is damaged.', cause: error });
  }
}

function readMembers(bytes: Buffer, limits: ZipLimits): readonly ZipMember[] {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let offset = bytes.readUInt32LE(end + 16);
  if (count === 0xffff || offset === ZIP64) throw broken('it is in the ZIP64 format.');
  if (count > limits.maxMembers) throw broken(`it has more than ${limits.maxMembers} files.`);
  const members: ZipMember[] = [];
  const seen = new Set<string>();
  let rest = limits.maxBytes;
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(offset) !== CENTRAL) throw broken('its list of files is damaged.');
    const nameLength = bytes.readUInt16LE(offset + 28);
    const next = offset + 46 + nameLength + bytes.readUInt16LE(offset + 30) + bytes.readUInt16LE(offset + 32);
    const name = bytes.toString('utf8', offset + 46, offset + 46 + nameLength);
    if (!name.endsWith('/')) {
      const path = checkPath(name, seen);
      const member = readMember(bytes, offset, path, rest, limits.maxBytes);
      rest -= member.bytes.length;
      members.push(member);
    }
    offset = next;
  }
  return members;
}

function findEnd(bytes: Buffer): number {
  for (let offset = bytes.length - END_SIZE; offset >= Math.max(0, bytes.length - END_SIZE - MAX_COMMENT); offset -= 1)
    if (bytes.readUInt32LE(offset) === END && offset + END_SIZE + bytes.readUInt16LE(offset + 20) === bytes.length) return offset;
  throw broken('it is no ZIP archive.');
}

/** A path that stays below the folder it is unpacked into, on every system. */
function checkPath(name: string, seen: Set<string>): string {
  const steps = name.split('/');
  const isPlain = steps.every((step) => step !== '' && step !== '.' && step !== '..' && !/[\\:\p{Cc}\uFFFD]/u.test(step) && !/[. ]$/.test(step));
  if (!isPlain || name.length > 1024) throw broken(`the name ${JSON.stringify(name.slice(0, 80))} leads out of its folder, or is no plain name.`);
  const folded = name.normalize('NFC').toLowerCase();
  if (seen.has(folded)) throw broken(`two files are called ${JSON.stringify(name.slice(0, 80))}.`);
  seen.add(folded);
  return name;
}

function readMember(bytes: Buffer, offset: number, path: string, rest: number, maxBytes: number): ZipMember {
  const flags = bytes.readUInt16LE(offset + 8);
  const method = bytes.readUInt16LE(offset + 10);
  const checksum = bytes.readUInt32LE(offset + 16);
  const packedSize = bytes.readUInt32LE(offset + 20);
  const size = bytes.readUInt32LE(offset + 24);
  const unixMode = bytes.readUInt8(offset + 5) === 3 ? bytes.readUInt32LE(offset + 38) >>> 16 : 0;
  const kind = unixMode & 0o170000;
  if ((flags & 1) !== 0) throw broken('it is encrypted.');
  if (kind !== 0 && kind !== 0o100000) throw broken(`${JSON.stringify(path)} is a link or a device.`);
  if (size > rest) throw broken(`it unpacks to more than ${maxBytes} bytes.`);
  const local = bytes.readUInt32LE(offset + 42);
  if (bytes.readUInt32LE(local) !== LOCAL) throw broken('a file is not where the list says.');
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const packed = bytes.subarray(start, start + packedSize);
  const content = unpack(method, packed, size);
  if (content.length !== size || crc32(content) !== checksum) throw broken(`${JSON.stringify(path)} is damaged.`);
  return { path, bytes: content, isExecutable: (unixMode & 0o111) !== 0 };
}

function unpack(method: number, packed: Buffer, size: number): Uint8Array {
  if (method === 0) return Uint8Array.from(packed);
  // One byte more than announced is an error, so a bomb ends where its lie begins.
  if (method === 8) return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  throw broken(`it uses the compression method ${method}.`);
}
