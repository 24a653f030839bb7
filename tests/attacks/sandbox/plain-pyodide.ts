/** The interpreter of the level wasm as it is without the lockdown: attacks on the bridge to JavaScript happen here. A process of its own. */
import { createInterface } from 'node:readline';
import { loadPyodide } from 'pyodide';

const python = await loadPyodide({ env: { HOME: '/work' } });
python.FS.mkdirTree('/work');
python.FS.chdir('/work');
let output = '';
for (const set of [python.setStdout.bind(python), python.setStderr.bind(python)]) {
  set({
    batched: (text: string) => {
      output += `${text}\n`;
    },
  });
}
process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { code } = JSON.parse(line) as { code: string };
  output = '';
  try {
    python.runPython(code, { globals: python.runPython('dict(__name__="__main__")') as never });
  } catch (error) {
    output += String(error);
  }
  await new Promise((resolve) => setTimeout(resolve, 30));
  process.stdout.write(`${JSON.stringify({ output })}\n`);
}
