/** @module upstreams/pins/scanner: the scan of whole lists, in bounded time: the lists are those of others. */
import type { PinnedDefinition, ScanFinding } from '../../contracts/pins.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { scanDefinition, type ScanContext } from '../scan/scan-definition.ts';
import { SUSPICIOUS_SCORE } from '../scan/rule.ts';

/** Characters that one round scans: about half a second. Real servers have a tenth of it. */
const MAX_CHARACTERS = 1_048_576;
/** Definitions whose findings are remembered, so that one that waits is not scanned at each round. */
const MAX_REMEMBERED = 8_000;
const NOT_SCANNED: readonly ScanFinding[] = [
  { rule: 'not-scanned', score: SUSPICIOUS_SCORE, pointer: '', excerpt: `the list has more than ${MAX_CHARACTERS} characters to scan` },
];

/** Scans one definition of a round. */
export type RoundScan = (pin: PinnedDefinition, characters: number) => readonly ScanFinding[];

/** Rounds share what they found. What is beyond the measure of one round is found to be not scanned, which is suspicious. */
export function createScanner(): { beginRound(upstream: string, context: () => ScanContext): RoundScan } {
  const remembered = new RecentMap<string, readonly ScanFinding[]>(MAX_REMEMBERED);
  return {
    beginRound(upstream, context) {
      let room = MAX_CHARACTERS;
      let neighbours: ScanContext | undefined;
      return ({ kind, hash, definition }, characters) => {
        const key = `${upstream} ${hash}`;
        const known = remembered.get(key);
        if (known) return known;
        room -= characters;
        if (room < 0) return NOT_SCANNED;
        neighbours ??= context();
        const findings = scanDefinition(kind, definition, neighbours);
        remembered.set(key, findings);
        return findings;
      };
    },
  };
}
