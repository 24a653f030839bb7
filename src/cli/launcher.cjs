#!/usr/bin/env node
'use strict';
/*
 * What `switchyard` starts. Plain old JavaScript, so that an old Node reads it far enough to be told
 * what is wrong. A checkout brings its own Node as a development dependency: an old one hands over
 * to it, so that `npm start` and a client's absolute path work on a machine with Node 20.
 */
var MAJOR = 22;
var MINOR = 19;

function isNewEnough(version) {
  var parts = String(version).split('.');
  return Number(parts[0]) > MAJOR || (Number(parts[0]) === MAJOR && Number(parts[1]) >= MINOR);
}

/** The Node of the nearest node_modules/node, if it is new enough; else undefined. */
function findNode() {
  var fs = require('fs');
  var path = require('path');
  var folder = __dirname;
  for (;;) {
    var home = path.join(folder, 'node_modules', 'node');
    var binary = path.join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    try {
      if (fs.existsSync(binary) && isNewEnough(JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8')).version)) return binary;
    } catch (error) {
      // An unreadable package is no candidate; the search goes on.
    }
    var parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Runs this very command under the other Node and ends as it ends. */
function handOver(binary) {
  var child = require('child_process').spawn(binary, process.execArgv.concat([__filename], process.argv.slice(2)), { stdio: 'inherit' });
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
  signals.forEach(function (signal) {
    // A terminal sends Ctrl-C to the whole group; the child then gets it twice, which stopping tolerates.
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('error', function (error) {
    process.stderr.write('switchyard: ' + binary + ' cannot be started: ' + error.message + '\n');
    process.exit(1);
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code === null ? 1 : code);
    signals.forEach(function (name) {
      process.removeAllListeners(name);
    });
    process.kill(process.pid, signal);
  });
}

/**
 * Compiled code is kept from start to start, which saves a quarter of it. It lies beside the code
 * itself (who can write there could change the code as well); where that belongs to somebody else, in the user's own cache.
 */
function keepCompiledCode() {
  var loader = require('module');
  var path = require('path');
  var kept = loader.enableCompileCache(path.join(__dirname, '..', 'cache'));
  if (kept.status !== loader.constants.compileCacheStatus.FAILED) return;
  var home = process.env.XDG_CACHE_HOME || path.join(require('os').homedir(), '.cache');
  loader.enableCompileCache(path.join(home, 'switchyard'));
}

if (isNewEnough(process.versions.node)) {
  keepCompiledCode();
  import('../lib/main.mjs');
} else {
  var other = findNode();
  if (other === undefined) {
    process.stderr.write(
      'switchyard needs Node >=' +
        MAJOR +
        '.' +
        MINOR +
        ', found ' +
        process.versions.node +
        '; run: npx -p node@24 switchyard ' +
        process.argv.slice(2).join(' ') +
        '\n',
    );
    process.exit(1);
  }
  handOver(other);
}
