// One local agent of Cursor in this folder, with the settings of the person and of the project. It gets as far as its service, which is
// CURSOR_BACKEND_URL; before it asks there, it has connected to its MCP servers. Prints why it ended.
import { Agent } from '@cursor/sdk';

try {
  const agent = await Agent.create({
    apiKey: 'none',
    model: { id: 'any' },
    local: { cwd: process.cwd(), settingSources: ['user', 'project'], enableAgentRetries: false },
  });
  const run = await agent.send('Use a tool.');
  for await (const event of run.stream()) process.stdout.write(`${JSON.stringify(event)}\n`);
} catch (error) {
  process.stdout.write(`${error}\n`);
}
process.exit(0);
