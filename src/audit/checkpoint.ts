/** @module audit/checkpoint: a signed statement of how far a chain has come. */
import { verify, type KeyObject } from 'node:crypto';
import { canonicalJson, isObject } from '../core/json.ts';
import type { Signer } from './keys.ts';

/** A segment that retention removed. */
export interface PrunedSegment {
  readonly writer: string;
  readonly segment: string;
  /** First and last record of the segment. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Hash of the last one: what the next segment links to. */
  readonly hash: string;
}

/** What is signed: canonical JSON of exactly these members. */
export interface CheckpointBody {
  readonly v: 1;
  readonly kind: 'audit-checkpoint';
  readonly keyId: string;
  readonly writer: string;
  /** 1 for the first checkpoint of the writer, then without gaps. */
  readonly number: number;
  /** The newest record it covers. */
  readonly segment: string;
  /** First record of that segment: signed, so that records cannot be moved from file to file. */
  readonly fromSeq: number;
  readonly seq: number;
  readonly hash: string;
  /** RFC 3339. */
  readonly time: string;
  /** The writer's checkpoints up to this number had reached the second sink when this one was signed. */
  readonly anchored: number;
  /** The writer closed: its chain ends with the record of this checkpoint. */
  readonly isFinal?: true;
  readonly pruned?: readonly PrunedSegment[];
}

/** With its Ed25519 signature, 128 hexadecimal characters. */
export interface Checkpoint extends CheckpointBody {
  readonly signature: string;
}

/** The canonical text of a signed checkpoint: what both sinks hold. */
export function signCheckpoint(body: CheckpointBody, signer: Signer): string {
  return canonicalJson({ ...body, signature: signer.sign(canonicalJson(body)) });
}

/** Whether the key made the signature over exactly these members. */
export function isSignedBy(checkpoint: Checkpoint, key: KeyObject): boolean {
  const { signature, ...body } = checkpoint;
  return verify(null, Buffer.from(canonicalJson(body)), key, Buffer.from(signature, 'hex'));
}

/** Reads a checkpoint; undefined when a member is missing, unknown or of the wrong shape. The signature is not checked. */
export function parseCheckpoint(value: unknown): Checkpoint | undefined {
  if (!isObject(value) || Object.keys(value).some((key) => !KNOWN.has(key))) return undefined;
  return isCheckpoint(value) ? value : undefined;
}

const KNOWN = new Set(['v', 'kind', 'keyId', 'writer', 'number', 'segment', 'fromSeq', 'seq', 'hash', 'time', 'anchored', 'isFinal', 'pruned', 'signature']);

type Unchecked<T> = { readonly [Key in keyof T]?: unknown };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isHex = (value: unknown, length: number): value is string => typeof value === 'string' && value.length === length && /^[0-9a-f]*$/.test(value);

function isCheckpoint(value: Unchecked<Checkpoint>): value is Checkpoint {
  return (
    value.v === 1 &&
    value.kind === 'audit-checkpoint' &&
    isHex(value.keyId, 16) &&
    isHex(value.hash, 64) &&
    isHex(value.signature, 128) &&
    typeof value.writer === 'string' &&
    typeof value.segment === 'string' &&
    typeof value.time === 'string' &&
    isCount(value.number) &&
    isCount(value.fromSeq) &&
    isCount(value.seq) &&
    isCount(value.anchored) &&
    (value.isFinal === undefined || value.isFinal === true) &&
    (value.pruned === undefined || (Array.isArray(value.pruned) && value.pruned.every(isPruned)))
  );
}

function isPruned(value: unknown): value is PrunedSegment {
  if (!isObject(value)) return false;
  const item: Unchecked<PrunedSegment> = value;
  return typeof item.writer === 'string' && typeof item.segment === 'string' && isCount(item.fromSeq) && isCount(item.toSeq) && isHex(item.hash, 64);
}
