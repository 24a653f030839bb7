/** @module cli/commands/completion: completion scripts, made from the commands themselves. */
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { action } from '../command.ts';

/** A command line's words: the path to a command, and what may follow it. */
interface Completions {
  readonly path: readonly string[];
  readonly words: readonly string[];
}

const SHELLS: Readonly<Record<string, (all: readonly Completions[]) => string>> = { bash: toBash, zsh: toZsh, fish: toFish };

/** Registers the command. */
export function registerCompletion(program: Command): void {
  program
    .command('completion <shell>')
    .description('Print a completion script for bash, zsh or fish')
    .addHelpText('after', '\nbash: source <(switchyard completion bash)\nzsh:  source <(switchyard completion zsh)\nfish: switchyard completion fish | source')
    .action(
      action(async (output, _options, shell: string) => {
        const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
        if (!write) throw new AppError('USAGE', { message: `Unknown shell: ${shell}.`, fix: 'Use bash, zsh or fish.' });
        const script = write(collect(program, []));
        output.result({ shell, script }, script);
      }),
    );
}

function collect(command: Command, path: readonly string[]): readonly Completions[] {
  const options = command.options.map(({ long, short }) => long ?? short ?? '').filter((flag) => flag !== '');
  const words = [...command.commands.map((child) => child.name()), ...options, '--help'];
  return [{ path, words }, ...command.commands.flatMap((child) => collect(child, [...path, child.name()]))];
}

/** Finds the longest known path among the words before the cursor; options do not count. */
function toBash(all: readonly Completions[]): string {
  const cases = all.map(({ path, words }) => `    '${path.join(' ')}') reply='${words.join(' ')}' ;;`).join('\n');
  return `_switchyard() {
  local path='' reply='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ "$word" == -* ]] || path="\${path:+$path }$word"
  done
  while :; do
    case "$path" in
${cases}
    esac
    [[ -n "$reply" || "$path" != *' '* ]] && break
    path="\${path% *}"
  done
  COMPREPLY=($(compgen -W "$reply" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _switchyard switchyard
`;
}

function toZsh(all: readonly Completions[]): string {
  return `autoload -Uz bashcompinit && bashcompinit\n${toBash(all)}`;
}

function toFish(all: readonly Completions[]): string {
  const lines = all.flatMap(({ path, words }) => {
    const condition = path.length === 0 ? '__fish_use_subcommand' : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    return words.map((word) =>
      word.startsWith('--') ? `complete -c switchyard -n '${condition}' -l ${word.slice(2)}` : `complete -c switchyard -f -n '${condition}' -a ${word}`,
    );
  });
  return `${lines.join('\n')}\n`;
}
