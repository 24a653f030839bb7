import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditOf, bin, cleanEnv, command, type Gateway, makeHome, projectOf, removeHome, startGateway } from '../../helpers/gateway.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

let inspector: Installed;
let gateway: Gateway;
beforeAll(async () => {
  [inspector, gateway] = await Promise.all([installNode('inspector'), startGateway()]);
}, 300_000);
afterAll(async () => {
  await gateway.stop();
});
beforeEach((context) => {
  if (inspector.missing !== undefined) context.skip(inspector.missing);
});

/** Runs it as `npx @modelcontextprotocol/inspector --cli` does. */
function inspect(...args: readonly string[]): Promise<Ended> {
  const script = join(inspector.folder, 'node_modules/.bin/mcp-inspector');
  const options = { env: cleanEnv({ HOME: projectOf(gateway.home), SWITCHYARD_HOME: gateway.home }), cwd: projectOf(gateway.home), timeoutMs: 50_000 };
  return runToEnd([script, '--cli', ...args], options);
}

describe.each(['http', 'stdio'] as const)('the MCP Inspector over %s', (transport) => {
  const server = (): string[] =>
    transport === 'http'
      ? [`${gateway.url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${gateway.key}`]
      : [process.execPath, bin, 'stdio', '-e', `SWITCHYARD_HOME=${gateway.home}`];

  describe.each(['legacy', 'modern'] as const)('of the %s era', (era) => {
    const ask = (...args: readonly string[]): Promise<Ended> => inspect(...server(), '--protocol-era', era, '--quiet', ...args);

    it('lists tools whose schemas are portable', async () => {
      const { stdout, code, stderr } = await ask('--method', 'tools/list', '--strict');
      expect(code).toBe(0);
      // Without remarks it prints no count.
      if (stderr !== '') expect(stderr).toMatch(/\b0 errors\b/);
      const { tools } = JSON.parse(stdout) as { tools: { name: string }[] };
      expect(tools.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['echo', 'ping', 'read_file', 'write_file', 'list_directory', 'health_check', 'platform_status']),
      );
    });

    it('calls a tool, and the call is in the audit log', async () => {
      const { stdout } = await ask('--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=from the Inspector');
      const { structuredContent } = JSON.parse(stdout) as { structuredContent: { data: unknown; correlation_id: string } };
      expect(structuredContent.data).toMatchObject({ echo: 'from the Inspector', message_length: 18 });
      const records = await auditOf(gateway.home, '--correlation', structuredContent.correlation_id);
      expect(records).toMatchObject([{ event: 'tool_executed', outcome: 'ok', door: transport === 'http' ? 'mcp-http' : 'mcp-stdio' }]);
    });

    it('reads a resource', async () => {
      const { stdout } = await ask('--method', 'resources/read', '--uri', 'sdks://list');
      expect(JSON.parse(stdout)).toMatchObject({ contents: [{ uri: 'sdks://list' }] });
    });

    it('says what is wrong with a call', async () => {
      const { code, stdout, stderr } = await ask('--method', 'tools/call', '--tool-name', 'read_file', '--tool-arg', 'path=no-such-file.txt');
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain('PATH_NOT_FOUND');
    });
  });
});

describe('the MCP Inspector with an access token of the gateway itself', () => {
  it('may do what the token says', async () => {
    const home = makeHome();
    writeFileSync(join(projectOf(home), 'switchyard.yaml'), 'identity:\n  issuer: embedded\n');
    const issuing = await startGateway({ home });
    try {
      const made = JSON.parse((await command(home, '--json', 'clients', 'create', 'inspector', '--scope', 'tools:ping', '--role', 'user')).stdout) as Record<
        string,
        string
      >;
      const basic = Buffer.from(`${made['id']}:${made['client_secret']}`).toString('base64');
      const answer = await fetch(`${issuing.url}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const ask = (...args: readonly string[]): Promise<Ended> =>
        inspect(`${issuing.url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`, '--quiet', ...args);
      expect((await ask('--method', 'tools/call', '--tool-name', 'ping')).stdout).toContain('pong');
      const refused = await ask('--method', 'tools/call', '--tool-name', 'read_file', '--tool-arg', 'path=a.txt');
      expect(refused.code).not.toBe(0);
    } finally {
      await issuing.stop();
      removeHome(home);
    }
  });
});

describe('the MCP Inspector with a wrong key', () => {
  it('is refused', async () => {
    const { code, stdout, stderr } = await inspect(
      `${gateway.url}/mcp`,
      '--transport',
      'http',
      '--stored-auth-only',
      '--header',
      `Authorization: Bearer ${gateway.key.slice(0, -1)}x`,
      '--method',
      'tools/list',
    );
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).not.toContain('list_directory');
  });
});
