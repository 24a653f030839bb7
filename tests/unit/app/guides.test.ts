import { describe, expect, it } from 'vitest';
import { connectCommands, connectGuides } from '../../../src/app/guides.ts';
import { CLIENT_IDS } from '../../../src/clients/types.ts';
import { resolveHome } from '../../../src/config/home.ts';

const facts = { node: '/usr/bin/node', script: '/opt/my switchyard/main.js', url: 'http://127.0.0.1:8000' };
const standard = resolveHome({ ...process.env, SWITCHYARD_HOME: undefined });

describe('the commands that connect clients', () => {
  it('are quoted for a shell, and short where the home is the default', () => {
    const { claudeStdio, claudeHttp } = connectCommands({ ...facts, home: standard });
    expect(claudeStdio).toBe("claude mcp add switchyard -- /usr/bin/node '/opt/my switchyard/main.js' stdio");
    expect(claudeHttp('$(cat key)')).toBe('claude mcp add --transport http switchyard http://127.0.0.1:8000/mcp --header "Authorization: Bearer $(cat key)"');
  });

  it('name a home that is not the default, or the client would start another gateway', () => {
    const { claudeStdio, own } = connectCommands({ ...facts, home: "/srv/it's" });
    expect(claudeStdio).toMatch(/stdio --home '\/srv\/it'\\''s'$/);
    expect(own('console')).toMatch(/ console --home '/);
  });

  it('are there for every client', () => {
    const guides = connectGuides({ ...facts, home: standard });
    expect(guides).toHaveLength(CLIENT_IDS.length);
    for (const [index, id] of CLIENT_IDS.entries()) expect(guides[index]?.steps[0]?.text).toMatch(new RegExp(`connect ${id}$`));
  });
});
