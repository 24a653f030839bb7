import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { AppError } from '../../../src/core/errors.ts';
import { standardSchemaToJson } from '../../../src/schema/standard.ts';
import type { StandardSchema } from '../../../src/contracts/tool.ts';

/** A library that speaks Standard Schema, with whatever else the test gives it. */
function library(vendor: string, more: object = {}, standard: object = {}): StandardSchema {
  return { '~standard': { version: 1, vendor, validate: (value: unknown) => ({ value }), ...standard }, ...more };
}

describe('the JSON Schema of a Standard Schema', () => {
  test('valibot, on the input side', () => {
    expect(standardSchemaToJson(v.object({ a: v.optional(v.number(), 3), b: v.pipe(v.string(), v.transform(Number)) }))).toEqual({
      type: 'object',
      properties: { a: { type: 'number', default: 3 }, b: { type: 'string' } },
      required: ['b'],
    });
  });

  test('libraries that describe themselves (zod 4.2, ArkType 2.1.28)', () => {
    const jsonSchema = { input: ({ target }: { target: string }) => ({ $schema: `https://json-schema.org/${target}`, type: 'object', title: target }) };
    expect(standardSchemaToJson(library('zod', {}, { jsonSchema }))).toEqual({ type: 'object', title: 'draft-2020-12' });
  });

  test('older copies, by their own method', () => {
    expect(standardSchemaToJson(library('zod', { toJSONSchema: (options: object) => ({ type: 'object', ...options }) }))).toEqual({
      type: 'object',
      target: 'draft-2020-12',
      io: 'input',
    });
    expect(standardSchemaToJson(library('arktype', { toJsonSchema: () => ({ type: 'null' }), in: { toJsonSchema: () => ({ type: 'object' }) } }))).toEqual({
      type: 'object',
    });
  });

  test('a library without any means, and a schema that cannot be expressed', () => {
    for (const schema of [
      library('unheard-of'),
      library('zod', {
        toJSONSchema: () => {
          throw new Error('Date cannot be represented');
        },
      }),
      library('zod', { toJSONSchema: () => 'text' }),
      v.object({ a: v.instance(Map) }),
    ]) {
      expect(() => standardSchemaToJson(schema)).toThrow(
        expect.objectContaining({ code: 'DEFINITION_INVALID', fix: expect.stringContaining('JSON Schema') as string }) as AppError,
      );
    }
  });
});
