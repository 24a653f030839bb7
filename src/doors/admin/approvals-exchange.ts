/** @module doors/admin/approvals-exchange: the page of what waits, and the forms on it. */
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { ApprovalQueue } from '../../contracts/approvals.ts';
import type { CallRunner, Trace } from '../../contracts/call.ts';
import type { HttpExchange, Sealer } from '../../contracts/http.ts';
import { readBody } from '../http/body.ts';
import { APPROVALS_PATH, renderApprovalsPage, type ApprovalsNews } from './approvals-page.ts';
import { isForeign, type ConsoleAccess, type Visitor } from './console-access.ts';
import { writePage } from './page.ts';

/** What the page needs. */
export interface ApprovalsExchangePorts {
  readonly runner: Pick<CallRunner, 'run'>;
  readonly access: ConsoleAccess;
  readonly sealer: Sealer;
}

/** GET and POST of the page. */
export interface ApprovalsExchange {
  show(exchange: HttpExchange, trace: Trace): Promise<void>;
  decide(exchange: HttpExchange, trace: Trace): Promise<void>;
}

const MAX_FORM_BYTES = 8_192;
const NEWS_SECONDS = 60;
/**
 * Browsers send no Origin from a page without a referrer policy of its own, so that the gateway could not tell its own
 * forms from others': this one tells it to itself alone.
 */
const HEADERS = { 'Referrer-Policy': 'same-origin' } as const;

/** Looking and deciding are calls of admin:approvals and admin:decide-approvals. A decision needs the key that the browser holds besides its cookie. */
export function createApprovalsExchange({ runner, access, sealer }: ApprovalsExchangePorts): ApprovalsExchange {
  const call = async ({ admission }: Visitor, name: string, input: JsonObject, trace: Trace): Promise<unknown> => {
    const { terminal } = await runner.run({ admission, target: { kind: 'admin', name }, input, trace });
    if (terminal.type === 'result') return terminal.value;
    throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
  };

  const write = async (exchange: HttpExchange, visitor: Visitor, trace: Trace, news: ApprovalsNews | undefined): Promise<void> => {
    const queue = await call(visitor, 'approvals', {}, trace);
    if (!isQueue(queue)) throw new AppError('INTERNAL');
    const status = news?.problem?.facts.status ?? 200;
    writePage(exchange.response, status, renderApprovalsPage(queue, news), HEADERS, "'self'");
  };

  const newsIn = ({ request: { url = '' } }: HttpExchange, visitor: Visitor): ApprovalsNews | undefined => {
    const sealed = new URL(url, 'http://page').searchParams.get('done');
    if (sealed === null) return undefined;
    try {
      const done = sealer.open(sealed, newsBinding(visitor));
      return typeof done === 'string' ? { done } : undefined;
    } catch {
      // An old address, opened again: what it told is over.
      return undefined;
    }
  };

  return {
    async show(exchange, trace) {
      const visitor = await access.visitor(exchange);
      if (!visitor) return access.askForLink(exchange.response);
      await write(exchange, visitor, trace, newsIn(exchange, visitor));
    },
    async decide(exchange, trace) {
      const { request, response } = exchange;
      if (isForeign(request)) throw new AppError('ORIGIN_REFUSED');
      const visitor = await access.visitor(exchange);
      if (!visitor) return access.askForLink(response);
      const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
      try {
        if (!access.holdsKey(visitor, form.get('key') ?? '')) throw keyMissing();
        const done = describe(await call(visitor, 'decide-approvals', toInput(form), trace));
        const query = new URLSearchParams({ done: sealer.seal(done, NEWS_SECONDS, newsBinding(visitor)) });
        response.writeHead(303, { Location: `${APPROVALS_PATH}?${query}`, 'Cache-Control': 'no-store', ...HEADERS, 'Content-Length': 0 }).end();
      } catch (thrown) {
        const problem = toAppError(thrown);
        if (problem.facts.status === 401 || problem.facts.status >= 429) throw problem;
        await write(exchange, visitor, trace, { problem });
      }
    },
  };
}

const newsBinding = ({ cookie }: Visitor): string => `console news ${cookie}`;

function keyMissing(): AppError {
  return new AppError('PERMISSION_DENIED', {
    message: 'This browser has not the key that was handed out with its session, or it is too old.',
    fix: 'Open a new link (`switchyard console`) in this browser, with scripts and site data allowed, and decide then.',
  });
}

/** The fields as admin:decide-approvals takes them. @throws AppError INVALID_PARAMS */
function toInput(form: URLSearchParams): JsonObject {
  const count = (name: string): number | undefined => {
    const text = form.get(name) ?? '';
    if (text === '') return undefined;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new AppError('INVALID_PARAMS', { message: `${name}: a whole number, 1 or more.` });
    return Number(text);
  };
  const [uses, validSeconds] = [count('uses'), count('validSeconds')];
  return {
    decision: form.get('decision'),
    ids: form.getAll('id'),
    ...(uses === undefined ? {} : { uses }),
    ...(validSeconds === undefined ? {} : { validSeconds }),
  };
}

/** What was decided, in a sentence. */
function describe(result: unknown): string {
  const { decision, decided } = isObject(result) ? result : {};
  const items = Array.isArray(decided) ? decided.filter(isObject) : [];
  const names = items
    .slice(0, 5)
    .map(({ kind, name, upstream }) => (kind === 'call' ? `the call of ${String(name)}` : `${String(kind)} ${String(name)} of ${String(upstream)}`));
  const rest = items.length > names.length ? ` and ${items.length - names.length} more` : '';
  const isPinned = decision === 'approve' && items.some(({ kind }) => kind !== 'call');
  return `${decision === 'approve' ? 'Approved' : 'Refused'}: ${names.join(', ')}${rest}.${isPinned ? ' Commit switchyard.lock.' : ''}`;
}

function isQueue(value: unknown): value is ApprovalQueue {
  return isObject(value) && Array.isArray(value['upstreams']) && Array.isArray(value['calls']);
}
