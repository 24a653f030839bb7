/** @module models/dialects/losses: the report of what was not carried, in the words of the client's dialect. */
import { AppError } from '../../core/errors.ts';
import type { ModelDialect } from '../../contracts/model.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { DialectCodec, LossReport } from './conversation.ts';

/** What the client's dialect calls the members of the typed form. */
export interface ClientWords {
  readonly names: NonNullable<DialectCodec['memberNames']>;
  /** What the client sent. */
  readonly body: JsonObject;
}

/** One report for both sides of a conversion. */
export interface Losses {
  /** @param words for a reporter that speaks of the typed form; absent = it speaks as the client */
  report(words?: ClientWords): LossReport;
  /** Each name once, safe to stand in a header. */
  names(): readonly string[];
}

const MAX_NAMES = 50;
const MAX_NAME_LENGTH = 80;
/** Names of unknown members come from the client: what could break out of a header is replaced. */
const UNSAFE = /[^\w.$[\]/-]/g;

/** Keeps the order of the first mention. */
export function createLosses(): Losses {
  const noted = new Set<string>();
  return {
    report: (words) => ({
      note(member) {
        for (const name of wordsFor(member, words)) noted.add(name.slice(0, MAX_NAME_LENGTH).replace(UNSAFE, '_'));
      },
    }),
    names() {
      const all = [...noted];
      return all.length <= MAX_NAMES ? all : [...all.slice(0, MAX_NAMES), `and_${all.length - MAX_NAMES}_more`];
    },
  };
}

/** A refusal of the typed form, which points into the client's body as far as its words reach. Everything else as it is. */
export function inClientWords(thrown: unknown, words: ClientWords): unknown {
  const pointer = pointerOf(thrown);
  if (!AppError.is(thrown) || pointer === undefined || pointer.startsWith('/')) return thrown;
  const [name = pointer] = wordsFor(pointer, words);
  let path = name;
  while (path.includes('.') && !isSaid(path, words.body)) path = path.slice(0, path.lastIndexOf('.'));
  return new AppError(thrown.code, { message: thrown.message, data: { pointer: `/${path.replaceAll('.', '/')}` }, cause: thrown });
}

/** A refusal that names both dialects. Everything else as it is. */
export function withDialects(thrown: unknown, { from, to }: { readonly from: ModelDialect; readonly to: ModelDialect }): unknown {
  const pointer = pointerOf(thrown);
  if (!AppError.is(thrown) || pointer === undefined) return thrown;
  return new AppError(thrown.code, {
    message: `${pointer} cannot be carried from ${from} to ${to}: ${thrown.message}`,
    fix: `Remove it, or use a provider that speaks ${from}.`,
    data: { pointer, from, to },
    cause: thrown,
  });
}

function pointerOf(thrown: unknown): string | undefined {
  if (!AppError.is(thrown) || thrown.code !== 'CONVERSION_REFUSED') return undefined;
  const pointer = thrown.data?.['pointer'];
  return typeof pointer === 'string' ? pointer : undefined;
}

/** By the longest part of the name that the dialect has a word for; what it has none for stays as it is. */
function wordsFor(member: string, words: ClientWords | undefined): readonly string[] {
  if (!words) return [member];
  for (let end = member.length; end > 0; end = member.lastIndexOf('.', end - 1)) {
    const found = words.names[member.slice(0, end)];
    if (found === undefined) continue;
    const candidates = typeof found === 'string' ? [found] : found;
    const said = candidates.filter((name) => isSaid(name, words.body));
    return (said.length > 0 ? said : candidates.slice(0, 1)).map((name) => `${name}${member.slice(end)}`);
  }
  return [member];
}

function isSaid(name: string, body: JsonObject): boolean {
  let value: unknown = body;
  for (const step of name.split('.')) value = isObject(value) ? value[step] : undefined;
  return value !== undefined && value !== null;
}
