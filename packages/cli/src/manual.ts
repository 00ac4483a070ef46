import type { Command } from 'commander';

/** Text as roff takes it. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

const synopsis = (command: Command): string => `.B trap12 ${command.name()}\n${roff(command.usage())}\n.br`;

function section(command: Command): string {
  const parts = [
    `.SS trap12 ${command.name()} ${roff(command.usage())}`,
    roff(sentence(command.description())),
  ];
  const shown = command.createHelp();
  for (const argument of shown.visibleArguments(command))
    parts.push('.TP', `.I ${roff(argument.name())}`, roff(shown.argumentDescription(argument)));
  for (const option of shown.visibleOptions(command))
    parts.push('.TP', `.B ${roff(shown.optionTerm(option))}`, roff(shown.optionDescription(option)));
  return parts.join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** The manual page trap12(1), made from the commands themselves. */
export function manualPage(program: Command, version: string): string {
  return `.TH TRAP12 1 "" "trap12 ${version}" "trap12"
.SH NAME
trap12 \\- a BSD kernel of 2001 that you can crash on purpose
.SH SYNOPSIS
${program.commands.map(synopsis).join('\n')}
.SH DESCRIPTION
${roff(program.description())}
Every command tells of itself by
.BR \\-\\-help .
.SH COMMANDS
${program.commands.map(section).join('\n')}
.SH EXIT STATUS
.TP
.B 0
done; of reproduce: reproduced
.TP
.B 1
not reproduced within the budget, or no command to run in the report; of run: out of virtual time
.TP
.B 2
wrong usage, or input that cannot be read
.TP
.B 3
the simulated kernel panicked
.TP
.B 4
internal error: a defect of trap12 itself
.PP
run, resume and boot otherwise end with the status of the simulated command.
.SH ENVIRONMENT
.TP
.B TRAP12_KERNEL
folder of another kernel image
.TP
.B TRAP12_DEBUG
if set, an internal error shows where it came from
.TP
.B NO_COLOR
if set and not empty, nothing is coloured
`;
}
