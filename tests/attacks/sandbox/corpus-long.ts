/**
 * The whole corpus on every level of this machine, each attack with its control: `node tests/attacks/sandbox/corpus-long.ts
 * [native|measured|wasm] [controls|attacks] [id]`. Exit code 0 = all are held, and all controls happen.
 */
import { readCorpus, Stage } from './corpus.ts';
import { fence } from './attacks.ts';

const [only, part, wanted] = process.argv.slice(2);
let failures = 0;
for (const level of ['native', 'measured', 'wasm'] as const) {
  if (only !== undefined && only !== level) continue;
  const stage = new Stage();
  await stage.open();
  const kind = level === 'wasm' ? 'wasm' : 'native';
  const barrier = fence(kind, level === 'measured' ? { groups: null } : {});
  let [held, controls] = [0, 0];
  const attacks = readCorpus(kind).filter(({ id }) => wanted === undefined || id === wanted);
  for (const attack of attacks) {
    if (part !== 'controls') {
      const { problem } = await barrier.attack(attack, stage);
      if (problem === '') held += 1;
      else process.stdout.write(`HOLE ${level} ${attack.id}: ${problem}\n`);
    }
    if (part !== 'attacks' && level !== 'measured') {
      if (await barrier.control(attack, stage)) controls += 1;
      else process.stdout.write(`no effect in the control ${level} ${attack.id}\n`);
    }
  }
  failures += (part === 'controls' ? 0 : attacks.length - held) + (part === 'attacks' || level === 'measured' ? 0 : attacks.length - controls);
  process.stdout.write(`${level}: ${held} of ${attacks.length} held; controls in which the effect happened: ${controls}\n`);
  await barrier.close();
  stage.close();
}
process.exitCode = failures === 0 ? 0 : 1;
