/** @module cli/upstream-text: upstreams and changes of the file, as a person reads them. */
import { AppError } from '../core/errors.ts';
import type { SandboxProposal } from '../app/tasks/add-sandbox.ts';
import type { ShownServer } from '../app/tasks/approve-shown.ts';
import type { JsonObject } from '../core/json.ts';
import { revealText } from '../core/visible-text.ts';

const MAX_LENGTH = 60;

/** The file that is meant. @throws AppError USAGE for both */
export function targetOf(isUser: boolean | undefined, isHere: boolean | undefined): 'user' | 'here' | undefined {
  if (isUser === true && isHere === true) throw new AppError('USAGE', { message: '--user and --here name two files.', fix: 'Use one of them.' });
  return isUser === true ? 'user' : isHere === true ? 'here' : undefined;
}

/** How an entry is reached, in at most 60 characters. Secrets are references already. */
export function describeEntry({ command, args, url }: JsonObject): string {
  const words = typeof url === 'string' ? url : [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string').join(' ');
  return words.length > MAX_LENGTH ? `${words.slice(0, MAX_LENGTH - 1)}…` : words;
}

/**
 * Lines that the change adds or takes out, between what both texts begin and end with. Lines that only got
 * a comma are not shown: they are the person's own, and may hold anything. Control characters are blanked.
 */
export function diffLines(before: string, after: string): readonly string[] {
  const split = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));
  const bare = (line: string): string => line.replace(/,\s*$/, '');
  const [old, fresh] = [split(before), split(after)];
  const isSame = (left: string | undefined, right: string | undefined): boolean => left !== undefined && right !== undefined && bare(left) === bare(right);
  let start = 0;
  while (isSame(old[start], fresh[start])) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && isSame(old[old.length - 1 - end], fresh[fresh.length - 1 - end])) end += 1;
  const gone = old.slice(start, old.length - end).map((line) => `- ${line}`);
  const added = fresh.slice(start, fresh.length - end).map((line) => `+ ${line}`);
  return [...gone, ...added].map((line) => line.replace(/\p{Cc}/gu, ' '));
}

/** What a program is given in the sandbox; or, for one that runs outside, what it would get there, and how. */
export function describeSandbox(proposal: SandboxProposal | null): readonly string[] {
  if (proposal === null) return [];
  const { isTaken, read, write, network } = proposal;
  const grants = `sandbox: ${revealText(JSON.stringify({ read, write, network }))}`;
  if (isTaken) return [`It runs in the sandbox of this machine, with ${grants}`];
  return [
    'It runs as a plain process and may do what you may. In the sandbox of this machine it would get',
    `  ${grants}`,
    '  Add it again with --force --sandbox for that; --write <path> for what it may change, --read <path> for more, --network.',
  ];
}

/** What servers listed when they were added: what was approved by being shown, and what waits. Every character can be seen. */
export function describeShown(servers: readonly ShownServer[]): readonly string[] {
  return servers.flatMap(({ upstream, problem, approved, waiting }) => {
    if (problem !== null) return [`${upstream} cannot be connected to; nothing of it is approved. ${revealText(problem)}`];
    const names = approved.map(({ kind, name }) => (kind === 'tool' ? revealText(name) : `${revealText(name)} (${kind})`));
    return [
      `${upstream} lists, and approved is: ${names.length === 0 ? 'nothing' : names.join(', ')}`,
      ...waiting.map(({ kind, name, rules }) => `  held back: ${kind} ${revealText(name)} (${rules.length === 0 ? 'new or changed' : rules.join(', ')})`),
      ...(waiting.length === 0 ? [] : [`  See it with: switchyard approvals show ${upstream}`]),
    ];
  });
}
