/** Preloaded by a test: writes down every file that is loaded, and on SIGUSR2 Node's own modules too. */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const log = process.env['LOADED_MODULES'] ?? '';
registerHooks({
  load(url, context, next) {
    appendFileSync(log, `${url}\n`);
    return next(url, context);
  },
});
if (isMainThread) process.on('SIGUSR2', () => appendFileSync(log, `${process.moduleLoadList.join('\n')}\nend\n`));
