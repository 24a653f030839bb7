/** @module models/dialects/losses: the report of what was not carried, in the words of the client's dialect. */
import { AppError } from '../../core/errors.ts';
import type { ModelDialect } from '../../contracts/model.ts';
import type { LossReport } from './conversation.ts';

/** What a dialect calls the members of the typed form. */
export type MemberNames = Readonly<Record<string, string>>;

/** One report for both sides of a conversion. */
export interface Losses {
  /** @param names how the client's dialect calls what the reporter names */
  report(names: MemberNames): LossReport;
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
    report: (names) => ({ note: (member) => void noted.add(rename(member, names).slice(0, MAX_NAME_LENGTH).replace(UNSAFE, '_')) }),
    names() {
      const all = [...noted];
      return all.length <= MAX_NAMES ? all : [...all.slice(0, MAX_NAMES), `and_${all.length - MAX_NAMES}_more`];
    },
  };
}

/**
 * A refusal that names the member as the client wrote it and, where given, both dialects. Everything
 * else as it is.
 */
export function renameRefusal(thrown: unknown, { names = {}, from, to }: { readonly names?: MemberNames; readonly from?: ModelDialect; readonly to?: ModelDialect }): unknown {
  if (!AppError.is(thrown) || thrown.code !== 'CONVERSION_REFUSED') return thrown;
  const { pointer } = thrown.data ?? {};
  if (typeof pointer !== 'string') return thrown;
  const path = pointer.startsWith('/') ? pointer : `/${rename(pointer, names).replaceAll('.', '/')}`;
  if (from === undefined || to === undefined) return new AppError('CONVERSION_REFUSED', { message: thrown.message, data: { pointer: path }, cause: thrown });
  return new AppError('CONVERSION_REFUSED', {
    message: `${path} cannot be carried from ${from} to ${to}: ${thrown.message}`,
    fix: `Remove it, or use a provider that speaks ${from}.`,
    data: { pointer: path, from, to },
    cause: thrown,
  });
}

/** The longest part of the name that the dialect has a word for, and the rest as it is. */
function rename(member: string, names: MemberNames): string {
  for (let end = member.length; end > 0; end = member.lastIndexOf('.', end - 1)) {
    const name = names[member.slice(0, end)];
    if (name !== undefined) return `${name}${member.slice(end)}`;
  }
  return member;
}
