/** Calls of the tools of the approval gateway, and what became of them. */
import type { KeptCall } from '../../../src/contracts/approvals.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { ApprovalGateway } from '../../helpers/approval-gateway.ts';
import { modern, type RawAnswer, resultOf } from '../../helpers/mcp-http.ts';

export const ASKABLE = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const MUTE = { 'io.modelcontextprotocol/clientCapabilities': {} };
export const PAY = { to: 'carl', amount: 10 };
/** What the tool gets of it. */
export const RAN = { ...PAY, currency: 'EUR' };

export const textOf = (answer: RawAnswer): string =>
  String((resultOf(answer)['content'] as readonly JsonObject[] | undefined)?.[0]?.['text'] ?? JSON.stringify(answer.json));
export const yes = (id: string): JsonObject => ({ [id]: { action: 'accept', content: { approve: true } } });

/** Of a client that cannot be asked. */
export const callOn = (gateway: ApprovalGateway, key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> =>
  modern(gateway.mcp, 'tools/call', { name, arguments: args, _meta: MUTE, ...more }, { token: key });
/** Of a client that can. */
export const askOn = (gateway: ApprovalGateway, key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> =>
  callOn(gateway, key, name, args, { _meta: ASKABLE, ...more });

/** The one call that waits. */
export async function onlyOf(gateway: ApprovalGateway): Promise<KeptCall> {
  const [first, ...rest] = await gateway.waiting();
  if (!first || rest.length > 0) throw new Error(`not one call waits, but ${rest.length + (first ? 1 : 0)}`);
  return first;
}

/** The status of the answer. */
export async function approveOn(gateway: ApprovalGateway, id: string, key: string = gateway.keys.boss, more: JsonObject = {}): Promise<number> {
  return (await gateway.decide(key, { decision: 'approve', ids: [id], ...more })).status;
}
