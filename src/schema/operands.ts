/** @module schema/operands: reading the operands of keywords. */
import { isObject, type JsonObject } from '../core/json.ts';
import type { Place } from './node.ts';

/** A whole number from 0 on, or undefined when the keyword is absent. @throws AppError DEFINITION_INVALID */
export function readCount(place: Place, keyword: string): number | undefined {
  const operand = place.schema[keyword];
  if (operand === undefined) return undefined;
  if (typeof operand === 'number' && Number.isInteger(operand) && operand >= 0) return operand;
  return place.refuse(keyword, 'must be a whole number from 0 on');
}

/** A finite number, or undefined when the keyword is absent. @throws AppError DEFINITION_INVALID */
export function readNumber(place: Place, keyword: string): number | undefined {
  const operand = place.schema[keyword];
  if (operand === undefined) return undefined;
  if (typeof operand === 'number' && Number.isFinite(operand)) return operand;
  return place.refuse(keyword, 'must be a number');
}

/** A list of strings; empty when the keyword is absent. @throws AppError DEFINITION_INVALID */
export function readNames(place: Place, keyword: string, operand: unknown = place.schema[keyword]): readonly string[] {
  if (operand === undefined) return [];
  if (Array.isArray(operand) && operand.every((name): name is string => typeof name === 'string')) return [...new Set(operand)];
  return place.refuse(keyword, 'must be a list of strings');
}

/** A list of schemas; undefined when the keyword is absent. @throws AppError DEFINITION_INVALID */
export function readSchemas(place: Place, keyword: string): readonly unknown[] | undefined {
  const operand = place.schema[keyword];
  if (operand === undefined) return undefined;
  if (Array.isArray(operand) && operand.length > 0) return operand;
  return place.refuse(keyword, 'must be a list of at least one schema');
}

/** Schemas by name; undefined when the keyword is absent. @throws AppError DEFINITION_INVALID */
export function readMap(place: Place, keyword: string): JsonObject | undefined {
  const operand = place.schema[keyword];
  if (operand === undefined || isObject(operand)) return operand;
  return place.refuse(keyword, 'must be an object');
}

/** A JSON text for messages, cut to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
