/**
 * The clients: a process of its own that keeps N connections busy with one prepared request each, over
 * raw sockets, so that its own cost is small and the same for every gateway. Talks to its parent by
 * messages: a ModelLoad comes in, a ModelLoadResult goes out.
 */
import { connect } from 'node:net';
import { createAnswerReader, faultOf } from './answer-reader.ts';
import { WORDS } from './payloads.ts';

/** What to send, how and for how long. */
export interface ModelLoad {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly isStream: boolean;
  readonly connections: number;
  readonly durationMs: number;
}

/** What came back. Errors are answers that are not whole, and connections that broke; they are in no other figure. */
export interface ModelLoadResult {
  readonly answers: number;
  readonly errors: number;
  readonly firstError: string | null;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Until the first word was there. */
  readonly firstWordP50Us: number;
}

interface Tally {
  readonly times: number[];
  readonly firstWords: number[];
  errors: number;
  firstError: string | null;
}

const [FIRST_WORD = ''] = WORDS;

function percentile(values: number[], share: number): number {
  values.sort((left, right) => left - right);
  return Math.round((values[Math.floor(values.length * share)] ?? Number.NaN) * 1000);
}

/** One client until the time is over. Opens another connection where the server ends one properly. */
function runClient(load: ModelLoad, bytes: Buffer, stopAt: number, tally: Tally): Promise<void> {
  const fail = (reason: string): void => {
    tally.errors += 1;
    tally.firstError ??= reason;
  };
  return new Promise((resolve) => {
    const open = (): void => {
      const reader = createAnswerReader();
      let sentAt = 0;
      let firstWordAt = 0;
      let isWaiting = false;
      let failure = 'the connection was closed within an answer';
      const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
      const send = (): void => {
        sentAt = performance.now();
        firstWordAt = 0;
        isWaiting = true;
        socket.write(bytes);
      };
      socket.setEncoding('latin1');
      socket.on('connect', send);
      socket.on('data', (piece: string) => {
        if (firstWordAt === 0 && piece.includes(FIRST_WORD)) firstWordAt = performance.now();
        const answer = reader.push(piece);
        if (!answer) return;
        const now = performance.now();
        isWaiting = false;
        const fault = faultOf(answer, load.isStream);
        if (fault === undefined) {
          tally.times.push(now - sentAt);
          tally.firstWords.push(firstWordAt - sentAt);
        } else fail(fault);
        if (now >= stopAt || answer.isLast) socket.end();
        else send();
      });
      socket.on('error', (error) => (failure = error.message));
      socket.on('close', () => {
        if (isWaiting || reader.isWithin) fail(failure);
        if (performance.now() >= stopAt) resolve();
        else setTimeout(open, isWaiting ? 50 : 0);
      });
    };
    open();
  });
}

async function runLoad(load: ModelLoad): Promise<ModelLoadResult> {
  const bytes = Buffer.from(load.request);
  const tally: Tally = { times: [], firstWords: [], errors: 0, firstError: null };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: load.connections }, () => runClient(load, bytes, startedAt + load.durationMs, tally)));
  const { times, firstWords, errors, firstError } = tally;
  return {
    answers: times.length,
    errors,
    firstError,
    seconds: (performance.now() - startedAt) / 1000,
    p50Us: percentile(times, 0.5),
    p99Us: percentile(times, 0.99),
    firstWordP50Us: percentile(firstWords, 0.5),
  };
}

process.on('message', (load: ModelLoad) => {
  void runLoad(load).then((result) => process.send?.(result));
});
