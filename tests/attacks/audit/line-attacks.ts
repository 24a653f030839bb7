/** Attacks on single lines of a log, for tampering.test.ts. */
import { hash } from 'node:crypto';
import type { FindingKind } from '../../../src/audit/findings.ts';
import { Forger, relink, sealRow, type Part, type Row } from './forger.ts';

export const rowOf = (part: Part, index: number): Row => {
  const row = part.rows.at(index);
  if (!row) throw new Error(`there is no row ${index}`);
  return row;
};
export const isEvent = (row: Row): boolean => row['event'] !== 'checkpoint';
export const resealed = (row: Row): Row => JSON.parse(sealRow(row)) as Row;
export const lineWith = (line: string, from: string, to: string): string => {
  if (!line.includes(from)) throw new Error(`no ${from} in ${line}`);
  return line.replace(from, to);
};
/** Replaces text in a line and gives it the hash of the new text, canonical or not. */
export const rehashed = (line: string, from: string, to: string): string => {
  const body = `${lineWith(line, from, to).slice(0, -75)}}`;
  return `${body.slice(0, -1)},"hash":"${hash('sha256', body)}"}`;
};

/** Changes the log of w1. Returns nothing; what must be found stands beside it. */
export type Attack = readonly [name: string, found: readonly FindingKind[], attack: (log: Forger) => void];

export const EDITS: readonly Attack[] = [
  [
    'an outcome changed from ok to denied',
    ['edited'],
    (log) => {
      rowOf(log.part(0), 1)['outcome'] = 'PERMISSION_DENIED';
      log.save();
    },
  ],
  [
    'an outcome changed, with a fitting hash',
    ['chain_broken'],
    (log) => {
      log.part(0).rows[1] = resealed({ ...rowOf(log.part(0), 1), outcome: 'denied' });
      log.save();
    },
  ],
  [
    'the last event before a checkpoint changed, with a fitting hash',
    ['chain_broken'],
    (log) => {
      const { rows } = log.part(1);
      const index = rows.findIndex((row, at) => isEvent(row) && !isEvent(rows[at + 1] ?? row));
      rows[index] = resealed({ ...rowOf(log.part(1), index), principal: 'key:somebody' });
      log.save();
    },
  ],
  [
    'a member added',
    ['edited'],
    (log) => {
      rowOf(log.part(1), 0)['note'] = 'x';
      log.save();
    },
  ],
  [
    'a member taken out',
    ['edited'],
    (log) => {
      delete rowOf(log.part(1), 0)['inputHmac'];
      log.save();
    },
  ],
  [
    'a stored hash changed',
    ['edited'],
    (log) => {
      rowOf(log.part(0), 1)['hash'] = 'f'.repeat(64);
      log.save();
    },
  ],
  [
    'a link changed, with a fitting hash',
    ['chain_broken'],
    (log) => {
      log.part(0).rows[2] = resealed({ ...rowOf(log.part(0), 2), prev: 'a'.repeat(64) });
      log.save();
    },
  ],
  [
    'the time of a record changed',
    ['edited'],
    (log) => {
      rowOf(log.part(2), 0)['time'] = '2020-01-01T00:00:00.000Z';
      log.save();
    },
  ],
  [
    'the time of a checkpoint changed and everything behind it written anew',
    ['checkpoint_mismatch'],
    (log) => {
      const row = log.part(0).rows.find((each) => !isEvent(each)) ?? {};
      row['checkpoint'] = { ...(row['checkpoint'] as Row), time: '2020-01-01T00:00:00.000Z' };
      relink(log.parts);
      log.save();
    },
  ],
];

export const LINES: readonly Attack[] = [
  [
    'the first record deleted',
    ['segment_missing'],
    (log) => {
      log.part(0).rows.shift();
      log.save();
    },
  ],
  [
    'a record in the middle deleted',
    ['missing_records'],
    (log) => {
      log.part(1).rows.splice(2, 1);
      log.save();
    },
  ],
  [
    'three records deleted',
    ['missing_records'],
    (log) => {
      log.part(0).rows.splice(1, 3);
      log.save();
    },
  ],
  [
    'a record deleted and the chain written anew',
    ['checkpoint_mismatch'],
    (log) => {
      log.part(0).rows.splice(1, 1);
      relink(log.parts);
      log.save();
    },
  ],
  [
    'a checkpoint deleted',
    ['missing_records'],
    (log) => {
      const { rows } = log.part(0);
      rows.splice(
        rows.findIndex((row) => !isEvent(row)),
        1,
      );
      log.save();
    },
  ],
  [
    'two records swapped',
    ['missing_records', 'repeated_record'],
    (log) => {
      const { rows } = log.part(0);
      rows.splice(1, 2, rowOf(log.part(0), 2), rowOf(log.part(0), 1));
      log.save();
    },
  ],
  [
    'two records swapped and the chain written anew',
    ['checkpoint_mismatch'],
    (log) => {
      const { rows } = log.part(0);
      rows.splice(1, 2, rowOf(log.part(0), 2), rowOf(log.part(0), 1));
      relink(log.parts);
      log.save();
    },
  ],
  [
    'a record copied behind itself',
    ['repeated_record'],
    (log) => {
      log.part(1).rows.splice(1, 0, rowOf(log.part(1), 1));
      log.save();
    },
  ],
  [
    'a record copied into a later segment',
    ['repeated_record'],
    (log) => {
      log.part(2).rows.splice(1, 0, rowOf(log.part(0), 1));
      log.save();
    },
  ],
  [
    'an invented record inserted, with a fitting link and hash',
    ['repeated_record'],
    (log) => {
      const row = rowOf(log.part(1), 2);
      log.part(1).rows.splice(2, 0, resealed({ ...row, target: 'invented' }));
      log.save();
    },
  ],
  [
    'an invented record inserted and the chain written anew',
    ['checkpoint_mismatch'],
    (log) => {
      log.part(1).rows.splice(2, 0, { ...rowOf(log.part(1), 2), target: 'invented' });
      relink(log.parts);
      log.save();
    },
  ],
  [
    'a record of another writer put in place of one',
    ['foreign_record'],
    (log) => {
      log.part(0).rows[2] = rowOf(new Forger(log.home, 'w2').part(0), 2);
      log.save();
    },
  ],
  ['a line of noise inserted', ['malformed'], (log) => log.setLines(log.part(0).name, log.lines(log.part(0).name).toSpliced(1, 0, 'noise'))],
  ['an empty line inserted', ['malformed'], (log) => log.setLines(log.part(0).name, log.lines(log.part(0).name).toSpliced(1, 0, ''))],
  [
    'two lines joined',
    ['edited'],
    (log) => {
      const [a = '', b = '', ...rest] = log.lines(log.part(0).name);
      log.setLines(log.part(0).name, [a + b, ...rest]);
    },
  ],
  [
    'the border between two segments moved',
    ['checkpoint_mismatch'],
    (log) => {
      const row = log.part(0).rows.pop();
      if (row) log.part(1).rows.unshift(row);
      log.save();
    },
  ],
];
