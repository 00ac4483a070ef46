import type { RecipeCommand, Report } from '@trap12/report';
import { plainName, roleOf } from '@trap12/report';

/** What of a report the machine has: functions of its kernel, programs of its userland. */
export interface Coverage {
  /** Functions of the chain that the kernel has, in the order of the trace. */
  here: string[];
  /** Those that it has under another name: theirs and ours. */
  renamed: [theirs: string, ours: string][];
  missing: string[];
  /** Commands of the recipe whose programs are all here, by their names; only these can be run. */
  runnable: RecipeCommand[];
  /** Programs that the recipe needs and the machine lacks. */
  lacking: string[];
}

/** Words of a shell's grammar and its builtins that may begin a command. */
export const SHELL_WORDS: ReadonlySet<string> = new Set(
  'while until for in if then else elif do done fi case esac { } ! : . [ bg break cd command continue echo eval exec exit export fg getopts hash jobs local read readonly return set shift test times trap type ulimit umask unset wait kill pwd printf true false time sh'.split(
    ' ',
  ),
);

/**
 * The names under which the kernel of 2001 may have a function: without underscores, `sys_` or `kern_` in
 * front.
 */
function otherNames(name: string): string[] {
  const bare = name.replace(/^_+/, '');
  const short = bare.replace(/^(?:sys_|kern_)/, '');
  return [...new Set([bare, short, `sys_${short}`])].filter((each) => each !== name && each !== '');
}

/** The programs that a command names: the first word of each part of a pipeline or list. */
export function programsOf(command: string): string[] {
  const out: string[] = [];
  const bare = command.replace(/'[^']*'|"[^"]*"/g, 'quoted');
  const functions = new Set([...bare.matchAll(/([A-Za-z_]\w*)\s*\(\)/g)].map((match) => match[1]));
  for (const part of bare.split(/[|;&\n]+|\b(?:do|then|else)\b/)) {
    const words = part
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '' && !/^[A-Za-z_]\w*=/.test(word));
    while (words.length > 0 && /^(?:while|until|if|!|time|exec|\(|\{)$/.test(words[0]!)) words.shift();
    const first = words[0]?.replace(/^[({]+/, '');
    // What is no plain word is for the shell to find out: a variable, a pattern of `case`.
    if (first !== undefined && /^[A-Za-z_.[/][\w.+/[-]*$/.test(first) && !functions.has(first))
      out.push(first.replace(/^.*\//, ''));
  }
  return out;
}

/** What is asked of a kernel: its symbols, and the programs to run on it. */
interface KernelParts {
  image: { symbols: readonly { name: string; kind: string }[] };
  executables: readonly { name: string }[];
}

/**
 * Looks for the report's chain among the kernel's functions, and for its recipe's programs among the
 * machine's.
 */
export function coverageOf(report: Report, { image, executables }: KernelParts): Coverage {
  const programs = new Set(executables.map((each) => each.name));
  const functions = new Set(image.symbols.filter((each) => each.kind === 'text').map((each) => each.name));
  const coverage: Coverage = { here: [], renamed: [], missing: [], runnable: [], lacking: [] };
  const chain = new Set(report.frames.map((frame) => plainName(frame.function)));
  for (const name of chain) {
    if (!/^[A-Za-z_]/.test(name) || roleOf(name) === 'panic') continue;
    const other = otherNames(name).find((each) => functions.has(each));
    if (functions.has(name)) coverage.here.push(name);
    else if (other !== undefined) coverage.renamed.push([name, other]);
    else coverage.missing.push(name);
  }
  const lacking = new Set<string>();
  for (const recipe of report.recipe) {
    const absent = programsOf(recipe.text).filter((name) => !SHELL_WORDS.has(name) && !programs.has(name));
    if (absent.length === 0) coverage.runnable.push(recipe);
    for (const name of absent) lacking.add(name);
  }
  coverage.lacking = [...lacking];
  return coverage;
}

function list(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** One paragraph: which system the report is of, and what of its chain and its recipe this machine has. */
export function coverageText(report: Report, coverage: Coverage): string {
  const { here, renamed, missing, runnable, lacking } = coverage;
  const system = report.system === 'unknown' ? 'a system that the text does not tell' : report.system;
  const release = report.kernel?.release === undefined ? '' : ` ${report.kernel.release}`;
  const arch = report.arch === 'unknown' ? 'an architecture that the text does not tell' : report.arch;
  const parts = [
    `The report is of ${system}${release} on ${arch}; this machine runs a FreeBSD 5.0-CURRENT of 2001 on i386.`,
  ];
  const total = here.length + renamed.length + missing.length;
  if (total > 0) {
    const names = [
      here.length === 0 ? '' : `here: ${list(here)}`,
      renamed.length === 0
        ? ''
        : `here under another name: ${list(renamed.map(([theirs, ours]) => `${theirs} (${ours})`))}`,
      missing.length === 0 ? '' : `not here: ${list(missing)}`,
    ].filter(Boolean);
    parts.push(`Functions of its backtrace: ${total}; ${names.join('; ')}.`);
  } else parts.push('It has no backtrace.');
  if (report.recipe.length === 0) parts.push('It names no command to load the machine with.');
  else {
    parts.push(
      runnable.length === 0
        ? 'None of the commands that it names can be run here.'
        : runnable.length === report.recipe.length
          ? 'Of the commands that it names, all are here by name.'
          : `Of the command lines that it names, ${runnable.length} of ${report.recipe.length} have all their programs here.`,
    );
    if (lacking.length > 0) parts.push(`Programs that are not here: ${list(lacking)}.`);
  }
  for (const program of report.programs)
    parts.push(
      `It carries a C program${program.name === undefined ? '' : `, ${program.name}`} (${program.lines} lines${program.calls.length === 0 ? '' : `, calls ${list(program.calls)}`}).`,
    );
  return parts.join(' ');
}

/** What would be needed for a report with which nothing can be run. */
export function neededText(report: Report, coverage: Coverage): string {
  const given = "or a command of your own: trap12 reproduce --load 'COMMAND' REPORT";
  if (coverage.lacking.length > 0)
    return `needed: ${list(coverage.lacking)} in the machine's /bin (--program FILE.ts compiles one), ${given}`;
  if (report.programs.length > 0)
    return `needed: its C program, ported to the machine (--program FILE.ts; trap12 runs no foreign binaries), and how to run it: --load 'COMMAND'`;
  return `needed: a line of the text that says what to run, such as: How to repeat: dd if=/dev/zero of=/dev/null bs=50m; ${given}`;
}
