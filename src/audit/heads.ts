/** @module audit/heads: what to keep elsewhere, so that the log can be held against it later. */
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { CHECKPOINT_FILE } from './checkpoint-sink.ts';
import { readLines } from './lines.ts';
import { isMissing } from './segment-name.ts';

/**
 * The newest checkpoint of each chain in a second sink, by writer; empty when there is none. Give
 * them to `verifyAudit` as `heads`. Signatures are not checked here. Errors of the file system
 * other than a missing file pass through.
 */
export async function readHeads(checkpointDirectory: string): Promise<readonly Checkpoint[]> {
  const heads = new Map<string, Checkpoint>();
  try {
    for await (const lines of readLines(`${checkpointDirectory}/${CHECKPOINT_FILE}`)) {
      for (const { bytes } of lines) {
        const checkpoint = parseLine(bytes.toString());
        if (checkpoint && checkpoint.seq >= (heads.get(checkpoint.writer)?.seq ?? 0)) heads.set(checkpoint.writer, checkpoint);
      }
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return [...heads.values()];
}

function parseLine(text: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(JSON.parse(text));
  } catch {
    return undefined;
  }
}
