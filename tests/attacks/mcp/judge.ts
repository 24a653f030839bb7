/** Is an answer to a bad request what the protocol says, and does it keep to itself what it should? */
import { isObject } from '../../../src/core/json.ts';
import type { Bad } from './bad-requests.ts';

/** One answer, over whatever transport. */
export interface Answer {
  /** Absent on transports without one. */
  readonly status?: number;
  readonly text: string;
}

const LEAKS = /\bat [\w.<>]+ \(|node_modules|\/src\/|\.ts:\d|TypeError|SyntaxError|RangeError|Unexpected token|\/home\/|\/root\/|\/tmp\/|\/work\//;

/** What is wrong with the answer; empty = nothing. */
export function judge({ expected, kind }: Bad, id: string, { status, text }: Answer): string[] {
  const faults: string[] = [];
  const check = (isRight: boolean, fault: string): void => {
    if (!isRight) faults.push(`${kind}: ${fault}: ${text.slice(0, 300)}`);
  };
  if (status !== undefined) {
    check(status < 500, `a ${status} for a fault of the client`);
    check(status === expected.status, `status ${status} instead of ${expected.status}`);
  }
  // What the client sent itself may come back.
  check(!LEAKS.test(text), 'it tells of the inside');
  const message = parse(text);
  check(message['jsonrpc'] === '2.0', 'it is no JSON-RPC message');
  check(message['id'] === (expected.id ?? (expected.hasId ? id : null)), `the id is ${JSON.stringify(message['id'])}`);
  const { error, result } = message;
  const code = isObject(error) ? error['code'] : isObject(result) && result['isError'] === true ? 'isError' : 'result';
  check(code === expected.code, `code ${JSON.stringify(code)} instead of ${expected.code}`);
  return faults;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
