/** @module schema/pattern-cost: how long a backtracking engine may take, at worst. */
import type { Piece } from './pattern-syntax.ts';

/** An upper bound of the steps from one starting point, on a text of this length. */
export function costOf(piece: Piece, length: number): number {
  switch (piece.kind) {
    case 'sequence': {
      let [cost, ways] = [0, 1];
      for (const part of piece.parts) {
        cost += ways * costOf(part, length);
        ways *= waysOf(part, length);
      }
      return Math.max(1, cost);
    }
    case 'choice':
      return piece.options.reduce((cost, option) => cost + costOf(option, length), 0);
    case 'repeat': {
      const rounds = roundsOf(piece, length);
      const ways = waysOf(piece.body, length);
      return costOf(piece.body, length) * (ways === 1 ? Math.max(1, rounds) : ways ** rounds);
    }
    case 'look':
      return costOf(piece.body, length) * (piece.isBehind ? length + 1 : 1);
    case 'irregular':
      return length + 1;
    default:
      return 1;
  }
}

/** In how many ways the piece can match from one starting point. A look-around is left for good once it matched. */
function waysOf(piece: Piece, length: number): number {
  switch (piece.kind) {
    case 'sequence':
      return piece.parts.reduce((ways, part) => ways * waysOf(part, length), 1);
    case 'choice':
      return piece.options.reduce((ways, option) => ways + waysOf(option, length), 0);
    case 'repeat': {
      const rounds = roundsOf(piece, length);
      const ways = waysOf(piece.body, length);
      return ways === 1 ? Math.max(1, rounds - Math.min(piece.min, rounds) + 1) : ways ** rounds * 2;
    }
    default:
      return 1;
  }
}

function roundsOf({ min, max }: { readonly min: number; readonly max: number }, length: number): number {
  // Required rounds may match nothing, so they are not bounded by the length.
  return Math.max(min, Math.min(max, length));
}

/** Whether every match must begin at the start of the text: then there is one starting point. */
export function isAnchored(piece: Piece): boolean {
  switch (piece.kind) {
    case 'assertion':
      return piece.at === 'start';
    case 'sequence':
      return piece.parts.slice(0, 1).some(isAnchored);
    case 'choice':
      return piece.options.every(isAnchored);
    default:
      return false;
  }
}
