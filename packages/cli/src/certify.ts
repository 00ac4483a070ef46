import { readFileSync } from 'node:fs';
import { type Certificate, CertificateError, type Departure, parseCertificate } from '@trap12/explore';
import type { Command } from 'commander';
import { cureDeparture, departureText, runDeparture } from './certificate.js';
import { printLines } from './console.js';
import { CommandError, EXIT, usageError } from './exit.js';
import { count } from './explore-text.js';
import { junitXml } from './junit.js';
import { jobsOption } from './options.js';
import { writeFor } from './output.js';
import { judgeOf } from './verify.js';
import { clock } from './work/host.js';

interface CertifyFlags {
  jobs: number;
  junit?: string;
}

/** trap12 certify: checks what somebody else has found. */
export function addCertify(program: Command, setStatus: (status: number) => void): void {
  program
    .command('certify')
    .description(
      'check a certificate: make its run again from the sources in it, try its cure again, and say whether all is as certified',
    )
    .argument('<file>', 'the certificate, as `explore` or `verify` has written it; - for standard input')
    .addOption(jobsOption())
    .option('--junit <file>', 'write the answer as JUnit XML')
    .addHelpText(
      'after',
      '\nExit code 0: yes, 1: no, with the first difference, 2: the file is no certificate, or was damaged.\n',
    )
    .action(async (file: string, flags: CertifyFlags) => setStatus(await certify(file, flags)));
}

function readCertificate(file: string): Certificate {
  try {
    return parseCertificate(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    if (error instanceof CertificateError) throw usageError(`${file}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw usageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

async function certify(file: string, { jobs, junit }: CertifyFlags): Promise<number> {
  const certificate = readCertificate(file);
  const { cure } = certificate;
  const begun = clock();
  const run = await orNotBuilt(() => runDeparture(certificate));
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

/** Sources that are no part of this kernel any more are a difference, too. */
async function orNotBuilt(check: () => Promise<Departure | undefined>): Promise<Departure | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
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
  const { around, systematic, sampled } = cure.verdict;
  const tried = [
    `${around} near it`,
    `in order ${systematic.covered ?? systematic.tries}`,
    ...(sampled === null ? [] : [`${sampled.tries} by chance`]),
  ];
  return [...lines, `    with the cure it ends in order; ${tried.join('; ')}: as certified`];
}

const noLines = ({ made, title, schedule }: Certificate, first: Departure): string[] => [
  `no: ${departureText(first)}`,
  `    certified is: ${title}`,
  `    by ${made}, of kernel ${schedule.image}`,
];
