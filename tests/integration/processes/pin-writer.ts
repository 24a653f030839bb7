/** A process of its own that approves tools: `node pin-writer.ts <folder> <upstream> <count>`. */
import { createPinStore } from '../../../src/upstreams/pins/pin-store.ts';
import { hashDefinition } from '../../../src/upstreams/pins/definition-hash.ts';
import { replaceFile } from '../../../src/config/replace-file.ts';

const [folder = '', upstream = '', count = '0'] = process.argv.slice(2);
const store = createPinStore({ lockPath: `${folder}/switchyard.lock`, folder: `${folder}/pins`, replace: replaceFile });
for (let at = 0; at < Number(count); at += 1) {
  const definition = { name: `${upstream}-${at}`, inputSchema: { type: 'object' } };
  const pin = { kind: 'tool', name: definition.name, hash: hashDefinition('tool', definition), definition } as const;
  await store.pinShown('shared', { transport: 'http', url: 'https://example.com/mcp', headers: [] }, [pin]);
}
