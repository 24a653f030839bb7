/** 1000 × kill −9; `KILLS` names another number. Exit code 1 when something acknowledged is lost or the log does not verify. */
import { killAtRandom } from './kills.ts';

const report = await killAtRandom(Number(process.env['KILLS'] ?? 1000));
console.log(JSON.stringify(report, null, 2));
if (report.verify['ok'] !== true || report.lost.length > 0 || report.acknowledged < report.kills) process.exitCode = 1;
