/** What an attacker can do with files he may write but whose signing key he does not have. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CHECKPOINT_FILE } from '../../../src/audit/checkpoint-sink.ts';
import { GENESIS } from '../../../src/audit/record-text.ts';
import { parseSegmentName } from '../../../src/audit/segment-name.ts';
import { canonicalJson } from '../../../src/core/json.ts';

/** A record as an object, its hash included. */
export type Row = Record<string, unknown>;

/** One file of a chain. */
export interface Part {
  name: string;
  rows: Row[];
}

/** The line a writer would write for the row, with a hash that fits. */
export function sealRow(row: Row): string {
  const { hash: _old, ...body } = row;
  const text = canonicalJson(body);
  return `${text.slice(0, -1)},"hash":"${hash('sha256', text)}"}`;
}

/** Gives the rows new numbers, predecessors and hashes, as if they had been written so. */
export function relink(parts: readonly Part[]): void {
  let [seq, prev] = [0, GENESIS];
  for (const { rows } of parts) {
    for (const [index, row] of rows.entries()) {
      seq += 1;
      const sealed = JSON.parse(sealRow({ ...row, seq, prev })) as Row;
      rows[index] = sealed;
      prev = String(sealed['hash']);
    }
  }
}

/** The log of one writer in a state folder. */
export class Forger {
  readonly home: string;
  readonly writer: string;
  readonly parts: Part[];

  constructor(home: string, writer: string) {
    this.home = home;
    this.writer = writer;
    const names = readdirSync(`${home}/audit`).filter((name) => name.startsWith(`${writer}-`));
    const numberOf = (name: string): number => parseSegmentName('', name)?.number ?? 0;
    this.parts = names.sort((a, b) => numberOf(a) - numberOf(b)).map((name) => ({ name, rows: this.lines(name).map((line) => JSON.parse(line) as Row) }));
  }

  lines(name: string): string[] {
    return readFileSync(`${this.home}/audit/${name}`, 'utf8').split('\n').slice(0, -1);
  }

  part(index: number): Part {
    const part = this.parts.at(index);
    if (!part) throw new Error(`there is no part ${index}`);
    return part;
  }

  /** Replaces the lines of a file by text. */
  setLines(name: string, lines: readonly string[]): void {
    writeFileSync(`${this.home}/audit/${name}`, lines.map((line) => `${line}\n`).join(''));
  }

  /** Writes all parts, each row with the hash it carries. */
  save(): void {
    for (const { name, rows } of this.parts) {
      this.setLines(
        name,
        rows.map(({ hash: stored, ...body }) => `${canonicalJson(body).slice(0, -1)},"hash":"${String(stored)}"}`),
      );
    }
  }

  remove(part: Part): void {
    rmSync(`${this.home}/audit/${part.name}`);
  }

  get anchors(): string[] {
    return readFileSync(`${this.home}/audit-checkpoints/${CHECKPOINT_FILE}`, 'utf8').split('\n').filter(Boolean);
  }

  setAnchors(lines: readonly string[]): void {
    writeFileSync(`${this.home}/audit-checkpoints/${CHECKPOINT_FILE}`, lines.map((line) => `\n${line}\n`).join(''));
  }

  anchorsOf(writer: string): string[] {
    return this.anchors.filter((line) => line.includes(`"writer":"${writer}"`));
  }
}
