/** A process of its own that calls a guarded upstream when it is told to: `guarded-caller <home> <url> <ahead ms>`. */
import { once } from 'node:events';
import { callEcho } from '../../helpers/upstream-auth.ts';

const [, , home = '', url = '', ahead = '0'] = process.argv;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const results = await callEcho({ home, url, aheadMs: () => Number(ahead) }, 8);
process.stdout.write(`done ${results.length}\n`);
