/** @module audit/findings: what a verification says. */

/** What is wrong with a trail. */
export type FindingKind =
  /** A line is no record in canonical form. */
  | 'malformed'
  /** The line's hash is not that of its content. */
  | 'edited'
  /** The record is complete but names another predecessor than the one before it. */
  | 'chain_broken'
  /** Sequence numbers are left out. */
  | 'missing_records'
  /** A sequence number comes again: a copied, moved or inserted line. */
  | 'repeated_record'
  /** The record belongs to the chain of another writer. */
  | 'foreign_record'
  /** Records follow after the writer signed the end of its chain. */
  | 'after_end'
  /** A whole segment is gone. */
  | 'segment_missing'
  /** Two files claim the same place in a chain. */
  | 'segment_repeated'
  /** The chain ends before a record that a checkpoint has signed. */
  | 'truncated'
  /** A checkpoint and the log disagree: the chain was written anew, or the checkpoint belongs elsewhere. */
  | 'checkpoint_mismatch'
  /** The second sink lacks a checkpoint that it had. */
  | 'checkpoint_missing'
  | 'bad_signature'
  /** A checkpoint was signed with a key that is not one of those to trust. */
  | 'unknown_key'
  /** There are checkpoints, but no public key to check them with. */
  | 'key_missing';

/** One thing that is wrong. */
export interface Finding {
  /** File name of a segment, of the second sink (`checkpoints.jsonl`), or empty when no file is to blame. */
  readonly segment: string;
  /** Sequence number, as far as known. */
  readonly seq: number | undefined;
  /** Of the file, from 1, as far as known. */
  readonly line: number | undefined;
  readonly kind: FindingKind;
  /** One sentence for a person. */
  readonly message: string;
}

/** More findings are counted, not kept: a wrong key breaks every checkpoint. */
const MAX_FINDINGS = 1000;

/** Collects what a verification finds. */
export class Findings {
  readonly list: Finding[] = [];
  readonly notes: string[] = [];
  #count = 0;

  /** All findings, also those that were not kept. */
  get count(): number {
    return this.#count;
  }

  add(kind: FindingKind, place: { readonly segment: string; readonly seq?: number | undefined; readonly line?: number | undefined }, message: string): void {
    this.#count += 1;
    if (this.list.length < MAX_FINDINGS) this.list.push({ segment: place.segment, seq: place.seq, line: place.line, kind, message });
  }

  /** Something to know that is not wrong. */
  note(text: string): void {
    this.notes.push(text);
  }
}
