import type { Command, Option } from 'commander';
import { Argument } from 'commander';
import { regimes } from '@trap12/kernel';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { write } from './console.js';

/** What a completion script has to know of one command. */
interface Completed {
  name: string;
  text: string;
  options: CompletedOption[];
  /** What its first argument may be; none: files */
  words: readonly string[];
}

interface CompletedOption {
  long: string;
  text: string;
  takes: 'nothing' | 'file' | 'word';
  words: readonly string[];
  /** Several of the words, with commas between */
  list: boolean;
}

const SHELLS: Readonly<Record<string, (commands: readonly Completed[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** trap12 completion: prints a script for a shell, made from the commands themselves. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell's
      '\nExamples:\n  $ source <(trap12 completion bash)\n  $ trap12 completion zsh > "${fpath[1]}/_trap12"\n  $ trap12 completion fish > ~/.config/fish/completions/trap12.fish\n',
    )
    .action(async (shell: string) => {
      const { makeProgram } = await import('./main.js');
      write(completionScript(shell, await makeProgram()));
    });
}

/** @throws RangeError if there is no such shell */
export function completionScript(shell: string, program: Command): string {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) throw new RangeError(`accepted: ${Object.keys(SHELLS).join(', ')}`);
  const names = Object.keys(regimes(new SymbolTable(loadImage())));
  const commands = program.commands.map((command) => completed(command, names));
  // That one the library adds where it is called.
  const help = { name: 'help', text: 'display help for command', options: [] };
  return script([...commands, { ...help, words: commands.map(({ name }) => name) }]);
}

/** @param names the locking regimes */
function completed(command: Command, names: readonly string[]): Completed {
  const options = command.options.flatMap((option) =>
    option.long == null ? [] : [completedOption(option, names)],
  );
  options.push({
    long: '--help',
    text: 'display help for command',
    takes: 'nothing',
    words: [],
    list: false,
  });
  const words = command.registeredArguments[0]?.argChoices ?? [];
  return { name: command.name(), text: command.description(), options, words };
}

function completedOption(option: Option, names: readonly string[]): CompletedOption {
  const value = /[<[]([^>\]]+)/.exec(option.flags)?.[1];
  const takes = value === undefined ? 'nothing' : /file|page|folder/.test(value) ? 'file' : 'word';
  // Where the description lists the accepted names, they are what can be completed; in parentheses it says
  // other things, its default above all.
  const said = option.description.replace(/\([^)]*\)/g, '');
  const listed = /: ([\w-]+(?:, [\w-]+)+)/.exec(said)?.[1]?.split(', ') ?? [];
  const long = option.long!;
  const regime = { '--locking': names, '--regimes': ['all', ...names] }[long];
  const words = regime ?? option.argChoices ?? listed;
  return { long, text: option.description, takes, words, list: long === '--regimes' };
}

/** A description as one line that quotes nothing. */
const plain = (text: string): string => text.replace(/['"`$\\[\]:]/g, ' ').replace(/\s+/g, ' ');

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words='${options.map((o) => o.long).join(' ')}' ;;`,
  );
  const first = commands
    .filter(({ words }) => words.length > 0)
    .map(
      ({ name, words }) =>
        `    ${name}\\ -*) ;;\n    ${name}\\ *) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur")); return ;;`,
    );
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.words.length > 0)
      .map(
        (o) =>
          `    ${name}\\ ${o.long}) COMPREPLY=($(compgen${o.list ? ' -P "$before"' : ''} -W '${o.words.join(' ')}' -- "${o.list ? '$last' : '$cur'}")); return ;;`,
      ),
  );
  return `# Completion of trap12 for bash: source it, or put it where bash-completion looks.
_trap12() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=
  local last=\${cur##*,}
  local before=\${cur%"$last"}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map((each) => each.name).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case "$command $prev" in
${values.join('\n')}
  esac
  case "$command $cur" in
${first.join('\n')}
  esac
  case "$command" in
${cases.join('\n')}
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _trap12 trap12
`;
}

function zshScript(commands: readonly Completed[]): string {
  const argument = ({ takes, words, list }: CompletedOption): string =>
    takes === 'nothing'
      ? ''
      : words.length > 0
        ? `:value:${list ? `_values -s , value ${words.join(' ')}` : `(${words.join(' ')})`}`
        : takes === 'file'
          ? ':file:_files'
          : ':value:';
  const cases = commands.map(({ name, options, words }) => {
    const rest = words.length > 0 ? `1:value:(${words.join(' ')})` : '*:file:_files';
    const specs = options.map((o) => `        '${o.long}[${plain(o.text)}]${argument(o)}'`);
    return `      ${name})\n        _arguments \\\n${specs.join(' \\\n')} \\\n        '${rest}' ;;`;
  });
  return `#compdef trap12
# Completion of trap12 for zsh: put it as _trap12 into a folder of $fpath.
_trap12() {
  local state
  _arguments '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, text }) => `        '${name}:${plain(text)}'`).join('\n')}
      )
      _describe command commands ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
_trap12 "$@"
`;
}

function fishScript(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, text, options, words }) => [
    `complete -c trap12 -n __fish_use_subcommand -f -a ${name} -d '${plain(text)}'`,
    ...(words.length > 0
      ? [`complete -c trap12 -n '__fish_seen_subcommand_from ${name}' -f -a '${words.join(' ')}'`]
      : []),
    ...options.map((o) => {
      const takes =
        o.takes === 'nothing'
          ? ''
          : o.takes === 'file'
            ? ' -r -F'
            : ` -x${o.words.length > 0 ? ` -a '${o.words.join(' ')}'` : ''}`;
      return `complete -c trap12 -n '__fish_seen_subcommand_from ${name}' -l ${o.long.slice(2)}${takes} -d '${plain(o.text)}'`;
    }),
  ]);
  return `# Completion of trap12 for fish.\n${lines.join('\n')}\n`;
}
