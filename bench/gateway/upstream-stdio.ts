/**
 * An upstream over stdio that costs next to nothing: `upstream-stdio.ts [tools] [mode]` lists that many tools
 * and answers each call with its message. `hang` answers nothing, `crash` ends at once.
 */
import { answerOf, asksForResult } from './upstream-answers.ts';

const [, , count = '1', mode = 'good'] = process.argv;
if (mode === 'crash') process.exit(3);
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  if (mode === 'hang') return;
  for (const line of lines) {
    const message: unknown = JSON.parse(line);
    if (asksForResult(message)) process.stdout.write(`${answerOf(message, Number(count))}\n`);
  }
});
process.stdin.on('end', () => process.exit(0));
