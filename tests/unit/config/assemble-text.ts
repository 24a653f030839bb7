import { assemble, type Assembled } from '../../../src/config/assemble.ts';

/** What a file `/x/switchyard.yaml` (or of another name) with this text becomes; started in another folder. */
export async function assembleText(text: string, env: Readonly<Record<string, string>> = {}, name = 'switchyard.yaml'): Promise<Assembled> {
  const found = { path: `/x/${name}`, label: name, bytes: Buffer.from(text), isWritableByAll: false };
  return await assemble({ found, env, overrides: {}, cwd: '/elsewhere' });
}
