/** @module audit/chain-walk: follows one chain from its first record to its last and says where it breaks. */
import type { AnchorBook } from './anchors.ts';
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { FindingKind, Findings } from './findings.ts';
import { checkLine, type LinkedRecord } from './line-check.ts';
import type { Line } from './lines.ts';
import { GENESIS } from './record-text.ts';
import type { SegmentPath } from './segment-name.ts';

/** Where a chain begins that does not begin with record 1. */
export interface LateStart {
  readonly segment: string;
  readonly seq: number;
  readonly prev: string;
}

/** What the next record must look like. */
interface Expectation {
  readonly seq: number;
  /** Undefined after a line that could not be trusted: anything goes. */
  readonly prev: string | undefined;
  /** Whether the unreadable line before may have been an inserted one, so that the number it would have had may still come. */
  readonly isUncertain: boolean;
}

/** One pass over one chain. Call `enter` for each segment in order, `take` for each of its lines, then `end`. */
export class ChainWalk {
  readonly writer: string;
  readonly #findings: Findings;
  readonly #book: AnchorBook;
  #segment = '';
  #segmentNumber = 0;
  #isSegmentSkipped = false;
  #line = 0;
  #expected: Expectation = { seq: 1, prev: GENESIS, isUncertain: false };
  #last: { readonly seq: number; readonly segment: string; readonly fromSeq: number } | undefined;
  #torn: { readonly segment: string; readonly line: number } | undefined;
  #lateStart: LateStart | undefined;
  /** −1 when the next one may have any number. */
  #checkpointNumber = 0;
  #coveredSeq = 0;
  #anchored = 0;
  #isFinal = false;
  #saidAfterEnd = false;
  #records = 0;

  constructor(writer: string, findings: Findings, book: AnchorBook) {
    this.writer = writer;
    this.#findings = findings;
    this.#book = book;
  }

  /** Sequence number of the last record; 0 when there is none. */
  get lastSeq(): number {
    return this.#last?.seq ?? 0;
  }

  /** File of the last record. */
  get lastSegment(): string {
    return this.#last?.segment ?? this.#segment;
  }

  get records(): number {
    return this.#records;
  }

  /** Number of the newest checkpoint that the chain says the second sink has. */
  get anchored(): number {
    return this.#anchored;
  }

  /** Records behind the last checkpoint, without that checkpoint's own. */
  get unprotected(): number {
    return Math.max(0, this.lastSeq - (this.#coveredSeq === 0 ? 0 : this.#coveredSeq + 1));
  }

  /** Whether a finding says that something follows the signed end. */
  get saidAfterEnd(): boolean {
    return this.#saidAfterEnd;
  }

  get lateStart(): LateStart | undefined {
    return this.#lateStart;
  }

  /** Begins a segment. False when its place is taken already: its lines must not be given. */
  enter({ name, number }: SegmentPath): boolean {
    if (number === this.#segmentNumber) {
      this.#findings.add('segment_repeated', { segment: name }, `Another file is segment ${number} of writer ${this.writer} already.`);
      return false;
    }
    this.#noteTorn('a later segment goes on');
    this.#isSegmentSkipped = number > this.#segmentNumber + 1;
    this.#segmentNumber = number;
    this.#segment = name;
    this.#line = 0;
    return true;
  }

  /** Checks the next line. */
  take({ bytes, isEnded }: Line): void {
    this.#line += 1;
    if (this.#torn) this.#find('malformed', undefined, 'A line is longer than any record.');
    this.#torn = undefined;
    if (this.#isFinal) this.#findAfterEnd();
    if (!isEnded) {
      this.#torn = { segment: this.#segment, line: this.#line };
      return;
    }
    const checked = checkLine(bytes);
    if (checked.state === 'good') this.#takeRecord(checked.record);
    else if (checked.state === 'edited') this.#takeEdited(checked.record);
    else this.#takeMalformed();
  }

  /** Ends the pass. */
  end(): void {
    this.#noteTorn('its writer was killed while writing, or is writing now');
  }

  #takeRecord(record: LinkedRecord): void {
    const { seq, writer, prev } = record;
    if (writer !== this.writer) {
      this.#find('foreign_record', seq, `The record belongs to the chain of writer ${writer}.`);
      return;
    }
    if (this.#expected.seq === 1 && (seq !== 1 || prev !== GENESIS)) this.#startLate(record);
    const { isUncertain, seq: expected } = this.#expected;
    if (seq > expected) this.#findGap(seq);
    else if (seq < expected && !(isUncertain && seq === expected - 1)) {
      this.#find('repeated_record', seq, `Record ${seq} comes after record ${expected - 1}: the line was copied, moved or inserted.`);
      return;
    } else if (seq === expected && this.#expected.prev !== undefined && prev !== this.#expected.prev) {
      this.#find('chain_broken', seq, `Record ${seq} does not follow the record before it.`);
    }
    this.#compare(record);
    if (record['checkpoint'] !== undefined) this.#takeCheckpoint(record);
    this.#accept(seq, record.hash);
  }

  #takeEdited(record: LinkedRecord | undefined): void {
    const { seq } = this.#expected;
    this.#find('edited', record?.seq ?? seq, `The content of record ${record?.seq ?? seq} does not match its hash.`);
    if (record?.seq === seq) this.#accept(seq, undefined);
    else this.#skipOne();
  }

  #takeMalformed(): void {
    this.#find('malformed', undefined, 'The line is not a record in canonical form.');
    this.#skipOne();
  }

  #skipOne(): void {
    this.#expected = { seq: this.#expected.seq + 1, prev: undefined, isUncertain: true };
  }

  #accept(seq: number, hash: string | undefined): void {
    this.#records += 1;
    const isSameFile = this.#last?.segment === this.#segment;
    this.#last = { seq, segment: this.#segment, fromSeq: isSameFile ? (this.#last?.fromSeq ?? seq) : seq };
    this.#expected = { seq: seq + 1, prev: hash, isUncertain: false };
    this.#isSegmentSkipped = false;
  }

  #startLate({ seq, prev }: LinkedRecord): void {
    this.#lateStart = { segment: this.#segment, seq, prev };
    this.#expected = { seq, prev, isUncertain: false };
    this.#checkpointNumber = -1;
  }

  #findGap(seq: number): void {
    const first = this.#expected.seq;
    const range = first === seq - 1 ? `Record ${first} is` : `Records ${first} to ${seq - 1} are`;
    if (this.#isSegmentSkipped) this.#find('segment_missing', seq, `${range} missing: segments before this one are gone.`);
    else this.#find('missing_records', seq, `${range} missing.`);
  }

  #findAfterEnd(): void {
    if (!this.#saidAfterEnd) this.#find('after_end', undefined, `Writer ${this.writer} signed the end of its chain before this line.`);
    this.#saidAfterEnd = true;
  }

  #compare(record: LinkedRecord): void {
    const anchor = this.#book.at(this.writer, record.seq);
    if (anchor && anchor.hash !== record.hash)
      this.#find('checkpoint_mismatch', record.seq, `Record ${record.seq} is not the one that checkpoint ${anchor.number} signed: the log was written anew.`);
  }

  #takeCheckpoint(record: LinkedRecord): void {
    const checkpoint = parseCheckpoint(record['checkpoint']);
    const place = { segment: this.#segment, seq: record.seq, line: this.#line };
    if (!checkpoint) {
      this.#find('malformed', record.seq, 'The record holds no complete checkpoint.');
      return;
    }
    if (!this.#book.check(checkpoint, place)) {
      this.#checkpointNumber = -1;
      return;
    }
    const problem = this.#disagreement(checkpoint, record);
    if (problem !== undefined) this.#find('checkpoint_mismatch', record.seq, problem);
    this.#checkpointNumber = checkpoint.number;
    this.#coveredSeq = checkpoint.seq;
    this.#anchored = Math.max(this.#anchored, checkpoint.anchored);
    this.#isFinal = checkpoint.isFinal === true;
  }

  #disagreement(checkpoint: Checkpoint, record: LinkedRecord): string | undefined {
    if (checkpoint.seq !== record.seq - 1 || checkpoint.hash !== record.prev)
      return `Checkpoint ${checkpoint.number} signs another record than the one before it.`;
    if (this.#last && checkpoint.segment !== this.#last.segment)
      return `Checkpoint ${checkpoint.number} was made in ${checkpoint.segment}: the file was renamed.`;
    if (this.#last && checkpoint.fromSeq !== this.#last.fromSeq)
      return `Checkpoint ${checkpoint.number} says that ${checkpoint.segment} began with record ${checkpoint.fromSeq}, not ${this.#last.fromSeq}.`;
    if (this.#checkpointNumber >= 0 && checkpoint.number !== this.#checkpointNumber + 1)
      return `Checkpoint ${checkpoint.number} follows checkpoint ${this.#checkpointNumber}.`;
    return undefined;
  }

  #noteTorn(reason: string): void {
    if (this.#torn)
      this.#findings.note(`Line ${this.#torn.line} of ${this.#torn.segment} is the beginning of a record after record ${this.lastSeq}: ${reason}.`);
    this.#torn = undefined;
  }

  #find(kind: FindingKind, seq: number | undefined, message: string): void {
    this.#findings.add(kind, { segment: this.#segment, seq, line: this.#line }, message);
  }
}
