/** @module audit/verify: whether the trail of a home is complete and unchanged. */
import { readFile } from 'node:fs/promises';
import { AnchorBook, parsePublicKeys } from './anchors.ts';
import { ChainWalk } from './chain-walk.ts';
import type { PrunedSegment } from './checkpoint.ts';
import { CHECKPOINT_FILE } from './checkpoint-sink.ts';
import { Findings, type Finding } from './findings.ts';
import { KEY_FILES } from './keys.ts';
import { readLines } from './lines.ts';
import { isMissing, listSegments, type SegmentPath } from './segment-name.ts';

/** What to verify, and with what. */
export interface VerifyOptions {
  /** The audit folder and, where there is one, its fallback. */
  readonly directories: readonly string[];
  /** Folders with a `checkpoints.jsonl`. Empty = the segments alone are looked at, and lost ends go unseen. */
  readonly checkpointDirectories: readonly string[];
  /** Where the public key lies when none is given. */
  readonly keysDirectory?: string | undefined;
  /** Ed25519 public keys (PEM) that were kept elsewhere. Only these are trusted then. */
  readonly publicKeys?: readonly string[] | undefined;
  /** Checkpoints (parsed JSON) that were kept elsewhere: the log must still contain what they sign. */
  readonly heads?: readonly unknown[] | undefined;
}

/** The verdict. */
export interface VerifyResult {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** `same-trust`: the key came from beside the log, so whoever can change the log may have exchanged the key. */
  readonly trust: 'external' | 'same-trust';
  readonly segments: number;
  readonly records: number;
  /** Records behind the last checkpoint of their chain: cutting them off cannot be noticed. */
  readonly unprotected: number;
  /** What retention removed, as its signed statements say. */
  readonly pruned: readonly PrunedSegment[];
  /** At most 1 000 … */
  readonly findings: readonly Finding[];
  /** … of so many. */
  readonly findingCount: number;
  /** What is worth knowing and not wrong. */
  readonly notes: readonly string[];
}

/** The folders of a state folder in its default layout. */
export function auditPathsOf(home: string): Pick<VerifyOptions, 'directories' | 'checkpointDirectories' | 'keysDirectory'> {
  return { directories: [`${home}/audit`], checkpointDirectories: [`${home}/audit-checkpoints`], keysDirectory: `${home}/keys` };
}

/**
 * Reads every segment and both sinks once, in pieces, and reports every edit, deletion, insertion,
 * swap, copy and cut up to the last checkpoint. May run while processes write. It cannot notice a
 * log that was written anew by somebody who has the signing key, unless `heads` are given, nor the
 * loss of a chain that no remaining checkpoint speaks of.
 *
 * @param source a state folder, or where things lie
 * @throws AppError USAGE when a given key is none; errors of the file system other than a missing file pass through
 */
export async function verifyAudit(source: string | VerifyOptions): Promise<VerifyResult> {
  const options: VerifyOptions = typeof source === 'string' ? auditPathsOf(source) : source;
  const result = await verifyOnce(options);
  // The first checkpoint of a home may have been signed, and its key made, while the log was read.
  const isKeyNew = result.findings.some(({ kind }) => kind === 'key_missing') && (await localKeys(options.keysDirectory)).length > 0;
  return isKeyNew ? verifyOnce(options) : result;
}

async function verifyOnce(options: VerifyOptions): Promise<VerifyResult> {
  const findings = new Findings();
  const book = new AnchorBook(parsePublicKeys(options.publicKeys ?? (await localKeys(options.keysDirectory))), findings);
  // The second sink first: what it says was written before can be missed below, also in a log that grows.
  await readSinks(book, options, findings);
  for (const head of options.heads ?? []) book.addHead(head);
  const promised = book.highest();
  const { segments, strangers } = await listSegments(options.directories);
  if (strangers.length > 0) findings.note(`Not looked at, because their names are not those of segments: ${strangers.slice(0, 20).join(', ')}.`);
  const chains: ChainWalk[] = [];
  for (const [writer, chain] of Map.groupBy(segments, (segment) => segment.writer)) {
    chains.push(await walkChain(new ChainWalk(writer, findings, book), chain, findings));
  }
  // What processes have added meanwhile: statements of retention, and checkpoints the chains already speak of.
  for (const directory of options.checkpointDirectories) await book.read(directory);
  for (const chain of chains) {
    judgeStart(chain, book, findings);
    if (options.checkpointDirectories.length > 0) judgeSink(chain, book, findings);
  }
  judgeEnds(chains, promised, book, findings);
  return summarize(options, segments.length, chains, book, findings);
}

async function localKeys(directory: string | undefined): Promise<readonly string[]> {
  if (directory === undefined) return [];
  try {
    return [await readFile(`${directory}/${KEY_FILES.public}`, 'utf8')];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readSinks(book: AnchorBook, options: VerifyOptions, findings: Findings): Promise<void> {
  if (options.checkpointDirectories.length === 0) findings.note('No second sink was given: a lost end of a chain cannot be noticed.');
  for (const directory of options.checkpointDirectories) {
    if (!(await book.read(directory))) findings.note(`A second sink has no ${CHECKPOINT_FILE}.`);
  }
}

async function walkChain(walk: ChainWalk, segments: readonly SegmentPath[], findings: Findings): Promise<ChainWalk> {
  for (const segment of segments) {
    if (!walk.enter(segment)) continue;
    try {
      for await (const lines of readLines(segment.path)) for (const line of lines) walk.take(line);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Retention of a running process; whether it was that is judged by its statement.
      findings.note(`${segment.name} was removed while the log was read.`);
    }
  }
  walk.end();
  return walk;
}

/** A chain may begin late only where a signed statement says that retention removed what was before. */
function judgeStart({ lateStart, writer }: ChainWalk, book: AnchorBook, findings: Findings): void {
  if (!lateStart) return;
  const { segment, seq, prev } = lateStart;
  const isPruned = book.pruned.some((item) => item.writer === writer && item.toSeq === seq - 1 && item.hash === prev);
  if (!isPruned)
    findings.add(
      'segment_missing',
      { segment, seq, line: 1 },
      `The chain of writer ${writer} begins with record ${seq}, and no signed statement says that what was before was removed.`,
    );
}

function judgeSink({ writer, anchored, lastSegment }: ChainWalk, book: AnchorBook, findings: Findings): void {
  const missing: number[] = [];
  for (let number = 1; number <= anchored; number += 1) if (!book.has(writer, number)) missing.push(number);
  const [first] = missing;
  if (first === undefined) return;
  findings.add(
    'checkpoint_missing',
    { segment: lastSegment },
    `The second sink lacks ${missing.length} of the ${anchored} checkpoints that writer ${writer} had put there, the first of them number ${first}.`,
  );
}

/**
 * The record of a checkpoint is written before the second sink gets it: a chain reaches at least one
 * record further than its newest checkpoint, and behind the last one of a closed writer no further.
 */
function judgeEnds(chains: readonly ChainWalk[], promised: ReturnType<AnchorBook['highest']>, book: AnchorBook, findings: Findings): void {
  const byWriter = new Map(chains.map((chain) => [chain.writer, chain]));
  for (const [writer, { seq, number, isFinal }] of promised) {
    const chain = byWriter.get(writer);
    const lastSeq = chain?.lastSeq ?? 0;
    if (chain && isFinal && lastSeq > seq + 1 && !chain.saidAfterEnd)
      findings.add(
        'after_end',
        { segment: chain.lastSegment, seq: lastSeq },
        `Writer ${writer} signed the end of its chain with record ${seq + 1}, but there are more.`,
      );
    if (lastSeq > seq) continue;
    const prunedTo = book.pruned.reduce((highest, item) => (item.writer === writer ? Math.max(highest, item.toSeq) : highest), 0);
    if (prunedTo > seq) continue;
    if (chain && lastSeq > 0)
      findings.add(
        'truncated',
        { segment: chain.lastSegment, seq: lastSeq },
        `The chain of writer ${writer} ends with record ${lastSeq}, but checkpoint ${number} and record ${seq} before it were written.`,
      );
    else findings.add('segment_missing', { segment: '', seq }, `The chain of writer ${writer} is gone; checkpoint ${number} says that it had ${seq} records.`);
  }
}

function summarize(options: VerifyOptions, segments: number, chains: readonly ChainWalk[], book: AnchorBook, findings: Findings): VerifyResult {
  const unprotected = chains.reduce((sum, chain) => sum + chain.unprotected, 0);
  if (segments === 0) findings.note('There are no segments.');
  if (unprotected > 0) findings.note(`${unprotected} records lie behind the last checkpoint of their chain: a cut there could not be noticed.`);
  if (book.pruned.length > 0) findings.note(`Retention removed ${book.pruned.length} segments, as signed statements say.`);
  return {
    ok: findings.count === 0,
    trust: options.publicKeys === undefined ? 'same-trust' : 'external',
    segments,
    unprotected,
    records: chains.reduce((sum, chain) => sum + chain.records, 0),
    pruned: book.pruned,
    findings: findings.list,
    findingCount: findings.count,
    notes: findings.notes,
  };
}
