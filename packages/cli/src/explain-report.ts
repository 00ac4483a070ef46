import { type Command, Option } from 'commander';
import { write } from './console.js';
import { usageError } from './exit.js';
import { terminalStyle } from './reports/colour.js';
import { isFolder } from './reports/input.js';
import { layoutOptions } from './reports/layouts.js';
import type { ReportIo } from './reports/session.js';

interface ExplainFlags {
  brief?: true;
  title?: true;
  json?: true;
  html?: string;
  bucket?: true;
  same?: true;
}

const HELP = `
What is read:
  the text of a panic as a console, a log, a mail or a tracker shows it;
  core.txt of crashinfo(8); archives of textdump(4) (.tar); any of these packed
  by gzip, xz, zstd or bzip2. Up to 64 MB each. - is standard input. A folder
  stands for all files in it and below, and a pattern in quotes for what fits
  it ('crash/**/*.txt'); with more than one file each gets a few lines, and a
  summary ends them. Files that hold no report are named, and end nothing.

What is printed:
  the title; the report in short; what happened, in its order; what is known,
  with its reasons, its places in the text, and how sure it is where it is not
  certain; what is unclear; then every field. 80 columns; colours on a terminal
  only, and none if NO_COLOR is set and not empty.

Exit status:
  0  explained; with --same: the texts are of one bug
  1  with --same: they are not, or it cannot be told
  2  wrong usage, or no report could be read

Examples:
  $ trap12 explain-report examples/vmdaemon-2001.txt
  $ trap12 explain-report --brief /var/crash/core.txt.0
  $ dmesg | trap12 explain-report --title -
  $ trap12 explain-report --html panic.html /var/crash/textdump.tar.0
  $ trap12 explain-report --bucket reports/
  $ trap12 explain-report --same ours.txt theirs.txt

docs/report-formats.md tells what is understood, and what the JSON means.
`;

/** trap12 explain-report: what a panic text says, what follows from it, and what is missing. */
export function addExplainReport(program: Command, setStatus: (status: number) => void): void {
  program
    .command('explain-report')
    .summary('read panic reports: what happened, what follows, what is unclear')
    .description('Reads panic reports of FreeBSD, DragonFly, OpenBSD and NetBSD, and explains them.')
    .argument('[report...]', 'files, folders, or - for standard input')
    .addOption(
      new Option('--brief', 'only the title and the report in short').conflicts(['title', 'json', 'html']),
    )
    .addOption(new Option('--title', 'only the title, a line a file').conflicts(['json', 'html']))
    .option('--json', 'everything, as JSON')
    .addOption(
      new Option('--html <file>', 'write a page with the text beside its facts').conflicts([
        'bucket',
        'same',
      ]),
    )
    .addOption(
      new Option('--bucket', 'count the reports by what they have in common, coarse to fine').conflicts([
        'brief',
        'title',
        'same',
      ]),
    )
    .addOption(
      new Option('--same', 'tell whether two reports are of one bug, and why').conflicts(['brief', 'title']),
    )
    .addHelpText('after', HELP)
    .action(async (names: string[], flags: ExplainFlags) => setStatus(await explain(names, flags)));
}

async function explain(asked: string[], flags: ExplainFlags): Promise<number> {
  if (flags.html === '-' && flags.json === true)
    throw usageError('--html - and --json both go to standard output: choose one');
  // What a shell would have expanded; it is rare.
  const names = asked.some((name) => /[*?[]/.test(name))
    ? (await import('./reports/glob.js')).expandNames(asked)
    : asked;
  if (names.length === 0) throw usageError('explain-report needs a file, a folder, or - for standard input');
  const style = terminalStyle(process.stdout);
  const io: ReportIo = {
    stdout: write,
    stderr: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
    options: await layoutOptions(),
    ...(style === undefined ? {} : { style }),
  };
  if (flags.same === true) {
    const [first, second, ...more] = names;
    if (first === undefined || second === undefined || more.length > 0)
      throw usageError(`--same takes two reports, not ${names.length}`);
    return (await import('./reports/same.js')).explainSame(first, second, flags, io);
  }
  if (flags.bucket === true) return (await import('./reports/buckets.js')).explainBuckets(names, flags, io);
  if (flags.html !== undefined && names !== asked)
    (await import('./output.js')).refuseWritten(names.map((path) => ({ by: '', path })));
  const single = names.length === 1 && !isFolder(names[0]!);
  if (single) return (await import('./reports/one.js')).explainOne(names[0]!, flags, io);
  if (flags.html !== undefined) throw usageError('--html takes one report');
  return (await import('./reports/many.js')).explainMany(names, flags, io);
}
