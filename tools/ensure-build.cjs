'use strict';
/*
 * `prepare` builds always, `prestart` only when dist is missing or older than the sources. Plain
 * CommonJS: after `npm ci --ignore-scripts` the checkout has no Node of its own and an old one may run this.
 */
var fs = require('fs');
var path = require('path');
var root = path.dirname(__dirname);
var launcher = path.join(root, 'dist', 'cli', 'main.js');

/** Newest modification below the folder, in milliseconds. */
function newest(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).reduce(function (latest, entry) {
    var full = path.join(folder, entry.name);
    return Math.max(latest, entry.isDirectory() ? newest(full) : fs.statSync(full).mtimeMs);
  }, 0);
}

function isStale() {
  return !fs.existsSync(launcher) || newest(path.join(root, 'src')) > fs.statSync(path.join(root, 'dist', 'meta.json')).mtimeMs;
}

function main() {
  var parts = process.versions.node.split('.').map(Number);
  var hasTools = fs.existsSync(path.join(root, 'node_modules', 'rolldown'));
  if (process.argv[2] !== '--always' && !isStale()) return 0;
  // The launcher itself explains an old Node, and an installation without development packages runs what it has.
  if ((parts[0] < 22 || !hasTools) && fs.existsSync(launcher)) return 0;
  if (parts[0] < 22) {
    process.stderr.write('switchyard is not built, and building needs Node >=22.19 (found ' + process.versions.node + '); run: npm ci\n');
    return 1;
  }
  if (!hasTools) {
    process.stderr.write('switchyard is not built, and the build tools are not installed; run: npm ci --include=dev\n');
    return 1;
  }
  return require('child_process').spawnSync(process.execPath, [path.join(__dirname, 'build.ts')], { stdio: 'inherit' }).status;
}

process.exitCode = main();
