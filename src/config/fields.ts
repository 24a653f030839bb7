/**
 * @module config/fields: the vocabulary of sections. Every schema here carries, as its message, the
 * words that follow "must be" in an error: `a whole number from 0 to 65535`.
 */
import { isIP } from 'node:net';
import * as v from 'valibot';

/** A key with its default and the sentence that editors and the reference show. */
export function key<const Schema extends v.GenericSchema, const Default extends v.InferInput<Schema>>(
  schema: Schema,
  fallback: Default,
  description: string,
): v.OptionalSchema<v.SchemaWithPipe<readonly [Schema, v.DescriptionAction<v.InferOutput<Schema>, string>]>, Default> {
  return v.optional(v.pipe(schema, v.description(description)), fallback);
}

/** A key that may be absent and then has no default. */
export function optionalKey<const Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
): v.OptionalSchema<v.SchemaWithPipe<readonly [Schema, v.DescriptionAction<v.InferOutput<Schema>, string>]>, undefined> {
  return v.optional(v.pipe(schema, v.description(description)), undefined);
}

/** Values by names of the operator's choice. */
export function table<Input, Value>(
  name: v.GenericSchema<string>,
  value: v.GenericSchema<Input, Value>,
): v.GenericSchema<Record<string, Input>, Record<string, Value>> {
  return v.record(name, value, 'a section with names');
}

/** A section: exactly these keys. An absent section is one with every default. */
export function section<const Entries extends v.ObjectEntries>(entries: Entries, description: string) {
  return v.pipe(v.strictObject(entries, 'a section with keys'), v.description(description));
}

/** A whole number within bounds (inclusive). */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): v.GenericSchema<number> {
  const words = maximum === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${minimum}` : `a whole number from ${minimum} to ${maximum}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(minimum, words), v.maxValue(maximum, words));
}

/** A number within bounds (inclusive). */
export function decimal(minimum: number, maximum: number): v.GenericSchema<number> {
  const words = `a number from ${minimum} to ${maximum}`;
  return v.pipe(v.number(words), v.minValue(minimum, words), v.maxValue(maximum, words));
}

/** One of the words. */
export function choice<const Options extends readonly string[]>(options: Options): v.GenericSchema<Options[number]> {
  return v.picklist(options, `one of ${options.join(', ')}`);
}

/** A text with at least one character that is not white space, in one line. */
export function text(words: string = 'a text', maxLength: number = 1024): v.GenericSchema<string> {
  const isLine = (value: string): boolean => value.trim() !== '' && !/\p{Cc}/u.test(value);
  return v.pipe(
    v.string(words),
    v.minLength(1, words),
    v.maxLength(maxLength, `${words} of at most ${maxLength} characters`),
    v.check(isLine, `${words}, in one line`),
  );
}

/** A text that matches the pattern. */
export function pattern(regex: RegExp, words: string): v.GenericSchema<string> {
  return v.pipe(v.string(words), v.regex(regex, words));
}

/** A path of a file or folder; relative ones start at the configuration file. */
export function path(): v.GenericSchema<string> {
  return text('a path', 4096);
}

/** A list. Repeated items are refused: they are a slip, or hide one. */
export function list<Input, Item>(item: v.GenericSchema<Input, Item>, maxItems: number = 1000): v.GenericSchema<Input[], Item[]> {
  const isDistinct = (items: readonly unknown[]): boolean => new Set(items.map((entry) => JSON.stringify(entry))).size === items.length;
  return v.pipe(
    v.array(item, 'a list'),
    v.maxLength(maxItems, `a list of at most ${maxItems} items`),
    v.check<Item[], string>(isDistinct, 'a list without repeated items'),
  );
}

/** The schema's value, or null for "not set". */
export function orNull<Value>(schema: v.GenericSchema<Value>): v.GenericSchema<Value | null> {
  return v.nullable(schema);
}

/** A web origin, exactly as browsers send it: scheme, host, port; no path, no `*`. */
export function origin(): v.GenericSchema<string> {
  const words = 'an origin such as https://console.example.org (lower case, no path, no *)';
  return v.pipe(
    v.string(words),
    v.check((value) => URL.canParse(value) && new URL(value).origin === value, words),
  );
}

/** A host name or address as it stands in a Host header; with or without port. */
export function hostName(): v.GenericSchema<string> {
  const words = 'a host name such as gateway.example.org or gateway.example.org:8443 (no scheme, no path, no *)';
  return v.pipe(
    v.string(words),
    v.check((value) => /^[\w.:[\]-]+$/.test(value) && URL.canParse(`http://${value}`), words),
  );
}

/** An IP address or a network in CIDR notation. */
export function network(): v.GenericSchema<string> {
  const words = 'an address or network such as 10.0.0.7 or 10.0.0.0/8';
  return v.pipe(v.string(words), v.check(isNetwork, words));
}

/** What a server can listen on: an address of this machine, or `localhost`. */
export function listenAddress(): v.GenericSchema<string> {
  const words = 'an IP address, or localhost';
  return v.pipe(
    v.string(words),
    v.check((value) => value === 'localhost' || isIP(value) !== 0, words),
  );
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}
