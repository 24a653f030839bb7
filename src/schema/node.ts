/** @module schema/node: one schema of a document, compiled. */
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { toPointer, type Check, type Run } from './run.ts';

/** A schema that is applied to the same value as the one that holds it. */
export interface InPlace {
  readonly node: SchemaNode;
  /** Whether it takes part for this value; when it does and matches, what it evaluates counts. */
  readonly isActive?: ((value: unknown, run: Run) => boolean) | undefined;
  /** False for `not`: nothing inside it counts as evaluated. */
  readonly isCounted: boolean;
}

/** A compiled schema: its check, and what `unevaluated…` of others needs to know of it. */
export class SchemaNode {
  check: Check = () => true;
  readonly inPlace: InPlace[] = [];
  /** Whether this schema's own keywords evaluate the member. */
  coversKey: ((key: string, run: Run) => boolean) | undefined = undefined;
  /** Whether this schema's own keywords evaluate the item. */
  coversItem: ((index: number, item: unknown, run: Run) => boolean) | undefined = undefined;
  /** Has `unevaluatedProperties` or `unevaluatedItems`: when it matches, nothing is left unevaluated. */
  hasUnevaluatedKeys = false;
  hasUnevaluatedItems = false;
}

/** What a keyword's compiler is given. */
export interface Place {
  /** The schema object that is being compiled. */
  readonly schema: JsonObject;
  /** Draft of the dialect: 4, 6, 7, 2019 or 2020. */
  readonly draft: number;
  readonly node: SchemaNode;
  /** Compiles a schema found below this one, at these tokens. */
  compile(schema: unknown, ...tokens: string[]): SchemaNode;
  /** The schema a reference points at. */
  resolve(reference: string, keyword: string): SchemaNode;
  /** @throws AppError DEFINITION_INVALID that names the place */
  refuse(keyword: string, message: string): never;
}

/** @throws AppError DEFINITION_INVALID */
export function refuseAt(tokens: readonly string[], message: string, cause?: unknown): never {
  const where = toPointer(tokens);
  throw new AppError('DEFINITION_INVALID', {
    message: `The schema is invalid: ${where === '' ? 'it' : where} ${message}.`,
    fix: 'Correct the schema there; it is read as JSON Schema 2020-12 unless $schema says otherwise.',
    cause,
  });
}
