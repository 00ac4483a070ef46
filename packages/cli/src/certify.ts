import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, CertificateError, type Departure } from '@trap12/explore';
import { readText } from '@trap12/system/read-file.js';
import type { Command } from 'commander';
import {
  cureDeparture,
  cureText,
  departureText,
  madeBy,
  madeOf,
  readCertificateText,
  runDeparture,
} from './certificate.js';
import { printLines } from './console.js';
import { CommandError, EXIT, Interrupted, usageError, whyNot } from './exit.js';
import { count } from './explore-text.js';
import { junitXml } from './junit.js';
import { jobsOption } from './options.js';
import { writeFor } from './output.js';
import { judgeOf } from './verify.js';
import { clock } from './work/host.js';

interface CertifyFlags {
  jobs: number;
  junit?: string;
  tree?: string;
}

/** trap12 certify: checks what somebody else has found. */
export function addCertify(program: Command, setStatus: (status: number) => void): void {
  program
    .command('certify')
    .description(
      'check a certificate: make its run again from the sources in it, try its cure again, and say whether all is as certified',
    )
    .argument(
      '<file>',
      'the certificate, as `explore`, `reproduce`, `replay` or `verify` has written it; - for standard input',
    )
    .addOption(jobsOption())
    .option('--junit <file>', 'write the answer as JUnit XML')
    .option(
      '--tree <dir>',
      'a tree of trap12, which answers if this kernel is not the one that is certified: one that is built, or a git repository with the sources of that kernel in its history, which are then built',
    )
    .addHelpText(
      'after',
      '\nExit code 0: yes, 1: no, with the first difference, 2: the file is no certificate, or was damaged.\n',
    )
    .action(async (file: string, flags: CertifyFlags) => setStatus(await certify(file, flags)));
}

function readCertificate(file: string): Certificate {
  try {
    return readCertificateText(readText(file === '-' ? 0 : file));
  } catch (error) {
    if (error instanceof CertificateError) throw usageError(`${file}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw usageError(`cannot read ${file}: ${whyNot(error)}`);
  }
}

async function certify(file: string, flags: CertifyFlags): Promise<number> {
  const { jobs, junit, tree } = flags;
  if (tree !== undefined && file === '-') throw usageError('--tree needs the name of a file');
  const certificate = readCertificate(file);
  if (tree !== undefined) await refuseNoTree(tree);
  const { cure } = certificate;
  const begun = clock();
  const run = await orNotBuilt(() => runDeparture(certificate));
  if (run !== undefined && certificate.made !== madeBy() && tree !== undefined)
    return askTree(await treeFor(certificate, tree), file, flags);
  const cured =
    run !== undefined || cure === null
      ? undefined
      : await orNotBuilt(() => cureDeparture(certificate, cure, judgeOf(cure, jobs)));
  const first = run ?? cured;
  if (junit !== undefined) {
    const caseOf = (name: string, differs: Departure | undefined) =>
      differs === undefined
        ? { name }
        : { name, failure: { message: departureText(differs), text: certificate.scheduleText } };
    const cases = [caseOf('the run', run), ...(cure === null ? [] : [caseOf('the cure', first)])];
    writeFor('--junit', junit, junitXml({ name: `certify ${file}`, cases, seconds: clock() - begun }));
  }
  printLines(first === undefined ? yesLines(certificate) : noLines(certificate, first));
  return first === undefined ? EXIT.done : EXIT.notReproduced;
}

/**
 * The tree that answers: the one that was named, or, if that is a repository which has the certified kernel
 * and programs in its history only, that state of it.
 */
async function treeFor({ made }: Certificate, tree: string): Promise<string> {
  const { HistoryError, isBuilt, isRepository, pastTree } = await import('./past-kernel.js');
  const wanted = madeOf(made);
  if (wanted === undefined || isBuilt(tree, wanted) || !isRepository(tree)) return tree;
  try {
    return pastTree(tree, wanted, (line) => process.stderr.write(`trap12: ${line}\n`));
  } catch (error) {
    if (error instanceof HistoryError) throw usageError(`--tree ${tree}: ${error.message}`);
    throw error;
  }
}

const programOf = (tree: string): string => join(tree, 'packages/cli/bin/trap12.js');

/** @throws CommandError of what could not answer, be it asked or not: neither built nor with a past */
async function refuseNoTree(tree: string): Promise<void> {
  if (existsSync(programOf(tree))) return;
  if (statSync(tree, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw usageError(`--tree ${tree}: there is no such directory`);
  const { hasKernels, isRepository } = await import('./past-kernel.js');
  if (isRepository(tree) && hasKernels(tree)) return;
  throw usageError(
    `--tree ${tree}: it is no tree of trap12: it has no packages/cli/bin/trap12.js, and is no repository with such a kernel in its history`,
  );
}

/** Has another build of trap12 answer, in its own words. */
function askTree(tree: string, file: string, { jobs, junit }: CertifyFlags): number {
  const program = programOf(tree);
  if (!existsSync(program)) throw usageError(`--tree ${tree}: there is no ${program}`);
  const options = ['--jobs', String(jobs), ...(junit === undefined ? [] : ['--junit', junit])];
  const { status, signal, error } = spawnSync(process.execPath, [program, 'certify', ...options, file], {
    stdio: 'inherit',
  });
  if (error !== undefined) throw usageError(`--tree ${tree}: ${error.message}`);
  if (status === null) throw usageError(`--tree ${tree}: it was ended by ${signal}`);
  return status;
}

/** Sources that are no part of this kernel any more are a difference, too. */
async function orNotBuilt(check: () => Promise<Departure | undefined>): Promise<Departure | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof Interrupted) throw error;
    return { what: 'its sources', certified: 'a kernel', found: error.message };
  }
}

function yesLines({ title, schedule, cure }: Certificate): string[] {
  const { choices, endedNs, hash, image } = schedule;
  const lines = [
    `yes: ${title}`,
    `    kernel ${image}, ${count(choices.length, 'choice')}, ${(endedNs / 1e9).toFixed(9)} virtual seconds, hash ${hash}: as certified`,
  ];
  if (cure === null) return lines;
  return [...lines, `    ${cureText(cure)}: as certified`];
}

const noLines = ({ made, title, schedule }: Certificate, first: Departure): string[] => [
  `no: ${departureText(first)}`,
  `    certified is: ${title}`,
  `    by ${made}, of kernel ${schedule.image}`,
  ...(made !== madeBy()
    ? [
        `    needed: that program; this is ${madeBy()}`,
        '    if it is built in DIR, or the history of the repository in DIR has it: trap12 certify --tree DIR',
      ]
    : []),
];
