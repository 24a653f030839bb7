/**
 * @module models/guardrails/stream-guard: applies rules to a stream as it comes. An event waits until
 * every text in it is decided; then it goes on as it came, or with that part of its text replaced.
 */
import type { ModelDialect } from '../../contracts/model.ts';
import { estimateTokens } from '../tokens.ts';
import { createEventSplitter, joinPieces, type WireEvent } from '../wire/event-stream.ts';
import { editTexts, type TextEdit, type TokenEdits } from '../wire/json-strings.ts';
import { act, checkInjection, guardText, injectionSignalsOf, markerOf, type GuardState } from './body-guard.ts';
import { blocked, type RuleSet } from './rules.ts';
import { createScanner, type Finding, type Scanner } from './scanner.ts';
import { readEvent, type EventText, type ReadEvent } from './stream-events.ts';
import { rewriteEvent } from './event-text.ts';

/** One stream on its way. */
export interface StreamGuard {
  /** @returns the bytes that may go on @throws AppError GUARDRAIL_BLOCKED* */
  push(bytes: Uint8Array): Uint8Array;
  /** What still waits, when the stream is whole. @throws AppError GUARDRAIL_BLOCKED* */
  end(): Uint8Array;
}

/** A text that comes in pieces, by what it belongs to. */
interface Channel {
  readonly blocking: Scanner | undefined;
  readonly redacting: Scanner | undefined;
  readonly tagging: readonly Scanner[];
  /** What is to be replaced and may still lie in a waiting event. */
  edits: TextEdit[];
  length: number;
  isJson: boolean;
  signals: Map<string, number>;
  /** The end of what was looked at for signs of injection, and what was not yet. */
  heard: string;
  unheard: string;
}

interface Piece {
  readonly channel: Channel;
  readonly text: EventText;
  readonly from: number;
  readonly to: number;
}

interface Waiting {
  readonly event: WireEvent;
  readonly read: ReadEvent;
  readonly pieces: readonly Piece[];
  readonly edited: readonly TokenEdits[];
}

/** A sign of injection is not longer. */
const SIGNAL_REACH = 400;
/** Every piece of a few letters would cost as much as this. */
const SIGNAL_STRETCH = 128;
const TOKENS_STRETCH = 1000;

/** For one stream in this dialect. */
export function createStreamGuard(rules: RuleSet, dialect: ModelDialect, state: GuardState): StreamGuard {
  const splitter = createEventSplitter();
  const channels = new Map<string, Channel>();
  const size = createSize(rules, state);
  const waiting: Waiting[] = [];

  const channelOf = ({ channel: name = '', isJson }: EventText): Channel => {
    const known = channels.get(name);
    if (known) return known;
    const made: Channel = {
      blocking: rules.blocking.length > 0 ? createScanner(rules.blocking) : undefined,
      redacting: rules.redacting.length > 0 ? createScanner(rules.redacting) : undefined,
      tagging: rules.tagging.map(createScanner),
      edits: [],
      length: 0,
      isJson,
      signals: new Map(),
      heard: '',
      unheard: '',
    };
    channels.set(name, made);
    return made;
  };

  const take = (event: WireEvent): void => {
    const read = readEvent(dialect, event.data);
    const pieces: Piece[] = [];
    const edited: TokenEdits[] = [];
    for (const text of read.texts) {
      if (!read.isRepeat && text.kind === 'text') size.add(text.text);
      if (text.channel === undefined) {
        const edits = guardText(rules, text, state, !read.isRepeat);
        if (!read.isRepeat && text.kind === 'text') checkInjection(rules, injectionSignalsOf(rules, text.text), state.actions);
        if (edits.length > 0) edited.push({ ...text, edits });
        continue;
      }
      const channel = channelOf(text);
      pieces.push({ channel, text, from: channel.length, to: channel.length + text.text.length });
      channel.length += text.text.length;
      hear(channel, text.text);
    }
    waiting.push({ event, read, pieces, edited });
    const { ends } = read;
    if (ends) for (const [name, channel] of channels) if (ends(name)) close(channel);
  };

  const hear = (channel: Channel, text: string): void => {
    if (rules.injections.length > 0) {
      channel.unheard += text;
      if (channel.unheard.length >= SIGNAL_STRETCH) suspect(channel);
    }
    settle(channel, (scanner) => scanner.push(text));
  };

  /** Looks for signs of injection in what came since, and before that as far as one reaches. */
  const suspect = (channel: Channel): void => {
    if (channel.unheard === '') return;
    const stretch = channel.heard + channel.unheard;
    const before = channel.signals.size;
    for (const [name, weight] of injectionSignalsOf(rules, stretch)) channel.signals.set(name, weight);
    channel.heard = stretch.slice(-SIGNAL_REACH);
    channel.unheard = '';
    if (channel.signals.size > before) checkInjection(rules, channel.signals, state.actions);
  };

  const close = (channel: Channel): void => {
    suspect(channel);
    settle(channel, (scanner) => scanner.end());
  };

  const settle = (channel: Channel, findings: (scanner: Scanner) => readonly Finding[]): void => {
    const [found] = channel.blocking ? findings(channel.blocking) : [];
    if (found) {
      state.actions.note(found.rule, 'block', rules.direction);
      throw blocked(found.rule, rules.direction);
    }
    for (const scanner of channel.tagging) for (const { rule } of findings(scanner)) state.actions.note(rule, 'tag', rules.direction);
    for (const finding of channel.redacting ? findings(channel.redacting) : []) {
      state.actions.note(finding.rule, 'redact', rules.direction);
      channel.edits.push({ from: finding.from, to: finding.to, text: markerOf(finding, state.markers, channel.isJson) });
    }
  };

  const release = (): Uint8Array => {
    let count = 0;
    while (count < waiting.length && waiting[count]?.pieces.every(isDecided) === true) count += 1;
    return joinPieces(waiting.splice(0, count).map(bytesOf));
  };

  return {
    push(bytes) {
      rules.clock.reset();
      for (const event of splitter.push(bytes)) take(event);
      return release();
    },
    end() {
      rules.clock.reset();
      // Some servers forget the empty line after the last event.
      const { rest } = splitter;
      if (rest.length > 0) for (const event of splitter.push(Buffer.from('\n\n'))) take({ ...event, raw: rest });
      for (const channel of channels.values()) close(channel);
      return release();
    },
  };
}

function isDecided({ channel: { blocking, redacting }, to }: Piece): boolean {
  return (blocking?.decidedTo ?? to) >= to && (redacting?.decidedTo ?? to) >= to;
}

function bytesOf({ event, read, pieces, edited }: Waiting): Uint8Array {
  const changed = [...edited, ...pieces.flatMap(editsOf)].toSorted((one, other) => one.start - other.start);
  return changed.length === 0 ? event.raw : rewriteEvent(event.raw, read.data, editTexts(read.data, changed));
}

/** The marker stands where the finding began; the events after that one lose their part of it. */
function editsOf({ channel, text, from, to }: Piece): readonly TokenEdits[] {
  const edits = channel.edits
    .filter((edit) => edit.from < to && edit.to > from)
    .map((edit) => ({ from: Math.max(edit.from, from) - from, to: Math.min(edit.to, to) - from, text: edit.from >= from ? edit.text : '' }));
  channel.edits = channel.edits.filter((edit) => edit.to > to);
  return edits.length === 0 ? [] : [{ kind: text.kind, start: text.start, end: text.end, edits }];
}

/** Adds up what has been said. */
function createSize(rules: RuleSet, { actions }: GuardState): { add(text: string): void } {
  const acted = new Set<string>();
  let characters = 0;
  let tokens = 0;
  let stretch = '';
  const isCountingTokens = rules.sizes.some(({ maxTokens }) => maxTokens < Infinity);
  return {
    add(text) {
      if (rules.sizes.length === 0) return;
      characters += text.length;
      if (isCountingTokens) stretch += text;
      const now = tokens + estimateTokens(stretch);
      if (stretch.length > TOKENS_STRETCH) {
        tokens = now;
        stretch = '';
      }
      for (const rule of rules.sizes) {
        if (acted.has(rule.rule) || !(characters > rule.maxCharacters || now > rule.maxTokens)) continue;
        acted.add(rule.rule);
        act(rule, rules, actions);
      }
    },
  };
}
