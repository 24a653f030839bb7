/** Reads HTTP/1.1 answers off a socket and judges them, as cheaply as that can be done. */
import { WORDS } from './payloads.ts';

/** One whole answer. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  /** The server said that it will close the connection. */
  readonly isLast: boolean;
}

/** Takes pieces (latin1) of one answer after another. */
export interface AnswerReader {
  /** The answer, once this piece completes it. */
  push(piece: string): WireAnswer | undefined;
  /** Whether an answer has begun and is not whole. */
  readonly isWithin: boolean;
}

interface Head {
  readonly status: number;
  readonly isLast: boolean;
  /** Bytes of the body; -1 = it comes in chunks. */
  readonly length: number;
}

function readHead(text: string): Head {
  const length = /\r\ncontent-length: *(\d+)/i.exec(text);
  return { status: Number(text.slice(9, 12)), isLast: /\r\nconnection: *close/i.test(text), length: length ? Number(length[1]) : -1 };
}

/** For one connection. */
export function createAnswerReader(): AnswerReader {
  let rest = '';
  let head: Head | undefined;
  let body = '';

  /** Moves whole chunks from the rest to the body. True when the last one was among them. */
  const takeChunks = (): boolean => {
    let at = 0;
    for (let line = rest.indexOf('\r\n', at); line !== -1; line = rest.indexOf('\r\n', at)) {
      const size = Number.parseInt(rest.slice(at, line), 16);
      if (rest.length < line + 2 + size + 2) break;
      body += rest.slice(line + 2, line + 2 + size);
      at = line + 2 + size + 2;
      if (size === 0) {
        rest = rest.slice(at);
        return true;
      }
    }
    rest = rest.slice(at);
    return false;
  };

  const takeBody = ({ length }: Head): boolean => {
    if (length === -1) return takeChunks();
    if (rest.length < length) return false;
    body = rest.slice(0, length);
    rest = rest.slice(length);
    return true;
  };

  return {
    get isWithin() {
      return head !== undefined || rest !== '';
    },
    push(piece) {
      rest += piece;
      if (!head) {
        const end = rest.indexOf('\r\n\r\n');
        if (end === -1) return undefined;
        head = readHead(rest.slice(0, end + 2));
        rest = rest.slice(end + 4);
      }
      if (!takeBody(head)) return undefined;
      const answer = { status: head.status, isLast: head.isLast, body };
      head = undefined;
      body = '';
      return answer;
    },
  };
}

/** What is wrong with an answer; undefined = it is whole: every word in its order, the reason of the end, and a stream's last event. */
export function faultOf({ status, body }: WireAnswer, isStream: boolean): string | undefined {
  if (status !== 200) return `status ${status}: ${body.slice(0, 300)}`;
  let at = 0;
  for (const word of WORDS) {
    at = body.indexOf(word, at);
    if (at === -1) return `${word} is missing: ${body.slice(0, 300)}`;
  }
  if (!/"finish_reason": ?"stop"/.test(body)) return 'the reason of the end is missing';
  return isStream && !body.includes('[DONE]', at) ? 'the last event is missing' : undefined;
}
