/** What the official clients see of a server behind the gateway, over both of its transports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, startGateway, type Gateway } from '../../helpers/mcp-gateway.ts';
import { fixtureTools } from '../../conformance/fixture/tools.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureResources } from '../../conformance/fixture/resources.ts';
import { slowTool } from '../mcp/tools.ts';
import { connect, type Kind, type Speaker } from '../mcp/clients.ts';
import { GOOD, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

let own: Gateway;
let gateway: UpstreamGateway;
const speakers = new Map<Kind, Speaker>();
const KINDS: readonly Kind[] = ['v2 modern', 'v2 legacy', 'v1'];

beforeAll(async () => {
  own = await startGateway({
    tools: [...fixtureTools({ toggleTool: () => undefined, togglePrompt: () => undefined }), slowTool(() => undefined)],
    prompts: fixturePrompts,
    resources: fixtureResources,
  });
  gateway = await startUpstreamGateway({
    piped: { ...GOOD, pins: 'off' },
    posted: { transport: 'http', url: own.url, headers: { Authorization: `Bearer ${ALICE}` }, pins: 'off' },
  });
  for (const kind of KINDS) speakers.set(kind, await connect(kind, { url: gateway.url, token: gateway.key }));
  await until(async () => (await gateway.status('piped'))?.state === 'up' && (await gateway.status('posted'))?.state !== 'off', 'both connected', 20_000);
}, 60_000);

afterAll(async () => {
  for (const speaker of speakers.values()) await speaker.close();
  await gateway?.stop();
  await own?.stop();
});

const speaker = (kind: Kind): Speaker => speakers.get(kind) as Speaker;

describe.each(KINDS)('%s client', (kind) => {
  describe.each(['piped', 'posted'])('server %s', (upstream) => {
    // @requirement G1.a
    it('is listed and called under names with a prefix', async () => {
      expect(await speaker(kind).toolNames()).toContain(`${upstream}__test_simple_text`);
      expect(await speaker(kind).call(`${upstream}__test_simple_text`)).toEqual({ text: expect.stringContaining('simple text'), isError: false });
    });

    it('keeps what is an error of the tool', async () => {
      expect((await speaker(kind).call(`${upstream}__test_error_handling`)).isError).toBe(true);
    });

    it('passes progress on', async () => {
      const heard: number[] = [];
      await speaker(kind).call(`${upstream}__test_tool_with_progress`, {}, { onProgress: (progress) => heard.push(progress) });
      expect(heard.length).toBeGreaterThan(1);
    });

    it('asks the person behind the client', async () => {
      const { text } = await speaker(kind).call(`${upstream}__test_elicitation`, { message: 'Who?' });
      expect(text).toContain('ada@example.org');
    });

    it('asks the model of the client', async () => {
      expect((await speaker(kind).call(`${upstream}__test_sampling`, { prompt: 'Capital?' })).text).toContain('Paris');
    });
  });

  // @requirement G2.c
  it('reads resources, gets prompts and completes their arguments', async () => {
    expect(await speaker(kind).read('test://static-text')).toContain('static text');
    expect(await speaker(kind).prompt('piped__test_simple_prompt', {})).toContain('simple prompt');
    expect(Array.isArray(await speaker(kind).complete('piped__test_prompt_with_arguments', 'arg1', 'p'))).toBe(true);
  });
});
