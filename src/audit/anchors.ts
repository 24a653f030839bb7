/** @module audit/anchors: the checkpoints of the second sink and of the verifier, which the log must agree with. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../core/json.ts';
import { AppError } from '../core/errors.ts';
import { CHECKPOINT_FILE } from './checkpoint-sink.ts';
import { isSignedBy, parseCheckpoint, type Checkpoint, type PrunedSegment } from './checkpoint.ts';
import type { Findings } from './findings.ts';
import { keyIdOf } from './keys.ts';
import { readLines, type Line } from './lines.ts';
import { isMissing } from './segment-name.ts';

/** A checkpoint whose signature is good, without what is not needed to compare. */
interface Anchor {
  readonly seq: number;
  readonly hash: string;
  readonly number: number;
  /** The chain ends with the record of this checkpoint. */
  readonly isFinal: boolean;
}

/** All that is signed about one chain outside of it. */
interface ChainAnchors {
  readonly bySeq: Map<number, Anchor>;
  readonly numbers: Set<number>;
  highest: Anchor;
}

type Place = { readonly segment: string; readonly seq?: number | undefined; readonly line?: number | undefined };

/** Reads PEM keys. @throws AppError USAGE when one is not an Ed25519 public key */
export function parsePublicKeys(pems: readonly string[]): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const pem of pems) {
    try {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') {
        keys.set(keyIdOf(key), key);
        continue;
      }
    } catch {
      // Said below, for both reasons.
    }
    throw new AppError('USAGE', { message: 'The public key is not an Ed25519 key in PEM form.' });
  }
  return keys;
}

/** The signed statements, checked as they come in. */
export class AnchorBook {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #findings: Findings;
  readonly #chains = new Map<string, ChainAnchors>();
  readonly #good = new Set<string>();
  readonly #pruned = new Map<string, PrunedSegment>();
  readonly #offsets = new Map<string, { offset: number; line: number }>();
  #saidKeyMissing = false;

  constructor(keys: ReadonlyMap<string, KeyObject>, findings: Findings) {
    this.#keys = keys;
    this.#findings = findings;
  }

  /** Writers that checkpoints speak of, each with the newest of them. */
  highest(): ReadonlyMap<string, Anchor> {
    return new Map([...this.#chains].map(([writer, { highest }]) => [writer, highest]));
  }

  /** The checkpoint at exactly this record, if there is one. */
  at(writer: string, seq: number): Anchor | undefined {
    return this.#chains.get(writer)?.bySeq.get(seq);
  }

  /** Whether the second sink has the writer's checkpoint of this number. */
  has(writer: string, number: number): boolean {
    return this.#chains.get(writer)?.numbers.has(number) ?? false;
  }

  /** What retention removed, as signed. */
  get pruned(): readonly PrunedSegment[] {
    return [...this.#pruned.values()];
  }

  /** Reads a second sink, or what has been added since it was last read. False when there is none. */
  async read(directory: string): Promise<boolean> {
    const path = `${directory}/${CHECKPOINT_FILE}`;
    const position = this.#offsets.get(path) ?? { offset: 0, line: 0 };
    this.#offsets.set(path, position);
    try {
      for await (const lines of readLines(path, position.offset)) {
        for (const line of lines) {
          if (!line.isEnded) continue;
          position.offset = line.offset + line.bytes.length + 1;
          position.line += 1;
          this.#readLine(line, position.line);
        }
      }
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Takes a statement that the verifier brings along. */
  addHead(value: unknown): void {
    const place = { segment: 'head' };
    const checkpoint = parseCheckpoint(value);
    if (!checkpoint) this.#findings.add('malformed', place, 'The head that was given is not a checkpoint.');
    else if (this.check(checkpoint, place)) this.#add(checkpoint, place);
  }

  /** Whether the signature is good; if not, says so. Statements about retention are taken over. */
  check(checkpoint: Checkpoint, place: Place): boolean {
    const digest = hash('sha256', canonicalJson(checkpoint), 'base64url');
    if (this.#good.has(digest)) return true;
    const key = this.#keys.get(checkpoint.keyId);
    if (!key) {
      this.#findUnknownKey(checkpoint, place);
      return false;
    }
    if (!isSignedBy(checkpoint, key)) {
      this.#findings.add('bad_signature', place, `The signature of checkpoint ${checkpoint.number} of writer ${checkpoint.writer} is wrong.`);
      return false;
    }
    this.#good.add(digest);
    for (const item of checkpoint.pruned ?? []) this.#pruned.set(`${item.segment} ${item.toSeq} ${item.hash}`, item);
    return true;
  }

  #findUnknownKey(checkpoint: Checkpoint, place: Place): void {
    if (this.#keys.size > 0) {
      this.#findings.add(
        'unknown_key',
        place,
        `Checkpoint ${checkpoint.number} of writer ${checkpoint.writer} was signed with the key ${checkpoint.keyId}, which is not to be trusted.`,
      );
    } else if (!this.#saidKeyMissing) {
      this.#saidKeyMissing = true;
      this.#findings.add('key_missing', { segment: '' }, 'There is no public key to check the checkpoints with.');
    }
  }

  #readLine({ bytes }: Line, line: number): void {
    if (bytes.length === 0) return;
    const text = bytes.toString();
    const place = { segment: CHECKPOINT_FILE, line };
    const checkpoint = parseCheckpointText(text);
    if (checkpoint) {
      if (this.check(checkpoint, { ...place, seq: checkpoint.seq })) this.#add(checkpoint, place)?.numbers.add(checkpoint.number);
    } else if (text.startsWith('{"anchored":') && !text.endsWith('}')) {
      // Lines are framed so that this cannot hide another one; a checkpoint that must be there is missed elsewhere.
      this.#findings.note(`Line ${line} of ${CHECKPOINT_FILE} is the beginning of a checkpoint whose writing was cut off.`);
    } else {
      this.#findings.add('malformed', place, 'The line is not a checkpoint in canonical form.');
    }
  }

  #add(checkpoint: Checkpoint, place: Place): ChainAnchors | undefined {
    const { writer, seq, hash: recordHash, number, isFinal = false } = checkpoint;
    const anchor: Anchor = { seq, hash: recordHash, number, isFinal };
    const chain = this.#chains.get(writer) ?? { bySeq: new Map<number, Anchor>(), numbers: new Set<number>(), highest: anchor };
    this.#chains.set(writer, chain);
    const known = chain.bySeq.get(seq);
    if (known && known.hash !== recordHash) {
      this.#findings.add('checkpoint_mismatch', { ...place, seq }, `Two checkpoints of writer ${writer} sign different records ${seq}.`);
      return undefined;
    }
    chain.bySeq.set(seq, anchor);
    if (seq > chain.highest.seq) chain.highest = anchor;
    return chain;
  }
}

function parseCheckpointText(text: string): Checkpoint | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return canonicalJson(value) === text ? parseCheckpoint(value) : undefined;
  } catch {
    return undefined;
  }
}
