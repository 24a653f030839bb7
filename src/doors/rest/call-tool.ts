/** @module doors/rest/call-tool: POST /mcp/v1/tools/{name}. */
import { AppError, ERRORS } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { CallRunner } from '../../contracts/call.ts';
import { assertJson, readBody } from '../http/body.ts';
import { parseJson } from '../mcp/json-text.ts';
import { callFor, failureOf, type Reply, type Visit } from './visit.ts';

/**
 * Calls the tool with the arguments of the body and replies with what it returned: its structured
 * content (for enveloped tools {success, data, error, timestamp, correlation_id}), else the whole MCP
 * result. A result that the tool itself marked as an error has the status of TOOL_FAILED.
 *
 * @throws AppError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, PARSE_ERROR, INVALID_REQUEST, CANCELLED
 */
export async function callTool(runner: CallRunner, visit: Visit, maxBodyBytes: number): Promise<Reply> {
  const input = await readArguments(visit, maxBodyBytes);
  const answer = await callFor(runner, visit, { kind: 'tool', name: visit.name }, input);
  const failure = failureOf(
    answer,
    () => new AppError('CLIENT_CAPABILITY_MISSING', { message: 'The tool asks for input, which a REST client cannot give.', fix: 'Call it over MCP.' }),
  );
  if (failure || answer.terminal.type !== 'result') return failure ?? {};
  const { value } = answer.terminal;
  const result = isObject(value) ? value : { content: [], structuredContent: value };
  return {
    status: result['isError'] === true ? ERRORS.TOOL_FAILED.status : 200,
    json: result['structuredContent'] ?? result,
    rate: answer.rate,
  };
}

/**
 * The arguments are the body. A body with the one member `arguments`, an object, holds them there, as
 * `tools/call` does; a tool whose only argument has that name is called with it wrapped once more. No
 * body = no arguments.
 */
function unwrapArguments(body: unknown): unknown {
  if (!isObject(body)) throw new AppError('INVALID_REQUEST', { message: 'The body is not a JSON object.', fix: 'Send the arguments as one JSON object.' });
  const inner = body['arguments'];
  return isObject(inner) && Object.keys(body).length === 1 ? inner : body;
}

/** The body of the request as the input of a call. @throws AppError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, PARSE_ERROR, INVALID_REQUEST */
export async function readArguments({ request }: Visit, maxBodyBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBodyBytes);
  if (bytes.length === 0) return {};
  assertJson(request);
  return unwrapArguments(parseJson(bytes));
}
