/** What stays open without being a call, when its caller is switched off. */
import { afterEach, expect, it, vi } from 'vitest';
import { ALICE, BOB, type Gateway, startGateway } from '../../helpers/mcp-gateway.ts';
import { modernBody, modernHeaders, stream } from '../../helpers/mcp-http.ts';
import { plainTool, say } from '../../conformance/fixture/tools.ts';

let gateway: Gateway;
afterEach(() => gateway.stop());

const tool = (name: string) => plainTool(name, 'Says hi.', async () => say('hi'));

it('the kill switch ends the subscriptions of whom it stops within two seconds; those of others go on (control)', async () => {
  let off = '';
  gateway = await startGateway({
    tools: [tool('first')],
    ports: { killSwitch: { check: ({ id }) => (id === off ? `principal ${id}` : undefined) } },
  });
  const listen = (token: string) =>
    stream(gateway.url, modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub'), {
      token,
      headers: modernHeaders('subscriptions/listen'),
    });
  const [alice, bob] = [await listen(ALICE), await listen(BOB)];
  await vi.waitFor(() => expect([alice.messages().length, bob.messages().length]).toEqual([1, 1]));
  off = 'key:alice';
  const since = performance.now();
  await alice.ended;
  expect(performance.now() - since).toBeLessThan(2500);
  expect(alice.messages().at(-1)).toMatchObject({ id: 'sub', result: { resultType: 'complete' } });
  gateway.catalog.registerTool(tool('second'));
  await vi.waitFor(() => expect(bob.messages().at(-1)).toMatchObject({ method: 'notifications/tools/list_changed' }));
  expect(JSON.stringify(alice.messages())).not.toContain('list_changed');
  bob.cut();
});
