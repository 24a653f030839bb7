/** 10 000 questions to roles and rules, and to the Cedar policies compiled from them: `npm run test:long`. */
import { compareEngines } from './cedar-comparison.ts';

const seed = Number(process.env['SWITCHYARD_SEED'] ?? Date.now() % 1_000_000);
const { questions, allowed, differences } = compareEngines(200, 50, seed);
process.stdout.write(`${JSON.stringify({ seed, questions, allowed, differences: differences.length })}\n`);
const [first] = differences;
if (first) process.stdout.write(`${JSON.stringify(first, null, 2)}\n`);
process.exitCode = differences.length === 0 && questions === 10_000 && allowed > 1000 ? 0 : 1;
