/**
 * @module cli/main: the command line. `stdio` is started by clients that wait for it, so it comes
 * first and loads nothing that it does not need, the command-line library included.
 */
if (process.argv[2] === 'stdio') {
  const { runStdio } = await import('./stdio.ts');
  await runStdio(process.argv.slice(3));
} else {
  const { runProgram } = await import('./program.ts');
  await runProgram(process.argv);
}
