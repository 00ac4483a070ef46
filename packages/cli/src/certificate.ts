import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  CERTIFICATE_MAX,
  CERTIFICATE_VERSION,
  type Certificate,
  CertificateError,
  type CertifiedCure,
  type CertifiedFile,
  certificateText,
  certifiedVerdict,
  certifyRun,
  certifyVerdict,
  type Departure,
  type Examined,
  formOf,
  type Lab,
  type Mark,
  parseCertificate,
  parseSchedule,
  replaySchedule,
  type Schedule,
  textHash,
  type Verdict,
} from '@trap12/explore';
import { CommandError, Interrupted, unwritten, usageError, VERSION } from './exit.js';
import { explained } from './explained.js';
import { JSON_AFTER, JSON_BEFORE } from './html/page.js';
import { examplePath } from './learn/shipped.js';
import { writeFor } from './output.js';
import { kernelHashPath, programsHashPath } from './reports/layouts.js';
import { labOf, type Subject, subjectOfSchedule } from './subject.js';
import { orInterrupted, SearchHost } from './work/host.js';

/** A subject with a change in it, and how it is judged. */
export interface Judge {
  changed(schedule: Schedule, patches: readonly string[]): Promise<Subject>;
  verdict(subject: Subject, lab: Lab, schedule: Schedule): Promise<Verdict>;
}

/** A cure that has survived, as `verify` knows it. */
export interface SurvivedCure {
  patches: readonly string[];
  image: string;
  schedules: number;
  seed: number;
  verdict: Verdict;
}

/** What is said of a run on a certificate's page. */
export interface Said {
  /** How it was found */
  summary: readonly string[];
  text: readonly string[];
  /** What the machine printed when it died */
  printed: readonly string[];
  /** What the text names, in order of time */
  marks: readonly Mark[];
  /** From when on the text counts its times, ns since power-on */
  zeroNs?: number | undefined;
}

/**
 * Writes a certificate for an option, and checks first that it stands by itself: that its run comes from the
 * sources that are in it. A file that is called .html is a page for people, with the certificate in it. If it
 * does not, or cannot be written, that is said at the end of the command.
 * @param said undefined: what is said of the run is found out, if it is wanted
 * @throws Interrupted if Ctrl-C has come meanwhile
 */
export async function writeCertificate(
  path: string,
  scheduleText: string,
  cure: SurvivedCure | undefined,
  said?: Said,
): Promise<void> {
  try {
    await certify(path, scheduleText, cure, said);
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof Interrupted) throw error;
    unwritten(error);
  }
}

/** @throws CommandError: it does not stand by itself */
async function certify(
  path: string,
  scheduleText: string,
  cure: SurvivedCure | undefined,
  said: Said | undefined,
): Promise<void> {
  const schedule = parseSchedule(scheduleText);
  const { scenario, patches } = schedule;
  const subject = await subjectOfSchedule(schedule, formOf(schedule));
  const { lab, examined } = await orInterrupted('its run was not made again', () => {
    const lab = labOf(subject, schedule.from);
    return { lab, ...replaySchedule(lab, schedule) };
  });
  const { failure } = examined;
  const certificate: Certificate = {
    made: madeBy(),
    title: failure?.title ?? 'in order',
    panic: failure?.text ?? null,
    schedule,
    scheduleText,
    files: [...(scenario === undefined ? [] : [scenario]), ...patches].map(fileNamed),
    cure: cure === undefined ? null : certifiedCure(cure),
  };
  const differs = await runDeparture(certificate).catch((error: unknown) => {
    if (!(error instanceof CommandError) || error instanceof Interrupted) throw error;
    throw usageError(`--certificate ${path}: it would not stand by itself: ${error.message}`);
  });
  if (differs !== undefined)
    throw usageError(`--certificate ${path}: it would not stand by itself: ${departureText(differs)}`);
  try {
    const json = certificateText(certificate);
    const text = PAGE.test(path) ? await certifiedPage(certificate, json, lab, examined, said) : json;
    writeFor('--certificate', path, text);
  } catch (error) {
    if (error instanceof CertificateError) throw usageError(`--certificate ${path}: ${error.message}`);
    throw error;
  }
}

/** Names of files that are pages. */
const PAGE = /\.html?$/i;

/** A certificate as a page: what is said of its run, and the certificate itself for programs. */
async function certifiedPage(
  certificate: Certificate,
  json: string,
  lab: Lab,
  examined: Examined,
  said: Said | undefined,
): Promise<string> {
  const { schedule, cure } = certificate;
  const { pageOf } = await import('./html/write.js');
  const { summary, ...rest } = said ?? (await saidOf(lab, certificate, examined));
  const cured =
    cure === null
      ? 'none is certified'
      : `${cure.files.map(({ path }) => path).join(', ')}: ${cureText(cure)}`;
  const { image, machine, seconds } = schedule;
  const page = pageOf(
    lab,
    examined,
    { file: schedule.scenario, patches: schedule.patches },
    {
      ...{ summary, json, schedule: certificate.scheduleText, ...rest },
      more: [
        { title: 'The cure', lines: [cured, ...(cure === null ? [] : [`kernel with it: ${cure.image}`])] },
        {
          title: 'What it was made by and of',
          lines: [
            `${certificate.made}; a certificate of version ${CERTIFICATE_VERSION} of its form`,
            `kernel with what was put in: ${image}`,
            `machine: ${JSON.stringify(machine)}, ${seconds} virtual seconds at most`,
            ...certificate.files.map(
              ({ path, text: source }) => `${path}: ${source.split('\n').length - 1} lines`,
            ),
            'check it: trap12 certify FILE',
          ],
        },
      ],
    },
  );
  const whole = `${page}${SUM_BEFORE}${textHash(page)}${SUM_AFTER}`;
  if (whole.length > CERTIFICATE_MAX)
    throw new CertificateError(
      `it would have ${whole.length} characters; accepted: up to ${CERTIFICATE_MAX}`,
    );
  return whole;
}

const SUM_BEFORE = '<!-- sum ';
const SUM_AFTER = ' -->\n';

/** Explains a run that nobody has explained yet. */
async function saidOf(lab: Lab, { schedule, panic }: Certificate, examined: Examined): Promise<Said> {
  const host = new SearchHost();
  try {
    const checked = await subjectOfSchedule(schedule, 'checked');
    const { text, marks } = await explained(lab, examined, { checked, host, seed: schedule.machine.seed });
    return { summary: [], text, printed: panic === null ? [] : panic.split('\n'), marks };
  } finally {
    host.close();
  }
}

/** Program, kernel and programs in the machine that made a certificate. */
export function madeBy(): string {
  const [kernel, programs] = [kernelHashPath(), programsHashPath()].map((path) =>
    readFileSync(path, 'utf8').trim(),
  );
  return `trap12 ${VERSION} with kernel image ${kernel} and programs ${programs}`;
}

/** The hashes in what madeBy() has said. */
export function madeOf(made: string): { kernel: string; programs: string } | undefined {
  const [, kernel, programs] =
    / with kernel image ([0-9a-f]{32}) and programs ([0-9a-f]{32})$/.exec(made) ?? [];
  return kernel === undefined || programs === undefined ? undefined : { kernel, programs };
}

/** What was tried of a cure, in a line. */
export function cureText({ verdict: { around, systematic, sampled } }: CertifiedCure): string {
  const tried = [
    `${around} near it`,
    `in order ${systematic.covered ?? systematic.tries}`,
    ...(sampled === null ? [] : [`${sampled.tries} by chance`]),
  ];
  return `with the cure it ends in order; ${tried.join('; ')}`;
}

/**
 * Reads a certificate's file, which is the certificate itself or a page with it inside.
 * @throws CertificateError: it is none, cut short, or edited
 */
export function readCertificateText(text: string): Certificate {
  if (!/^<!doctype html>/i.test(text)) return parseCertificate(text);
  const end = text.lastIndexOf(SUM_BEFORE);
  if (end < 0 || !text.endsWith(SUM_AFTER))
    throw new CertificateError('it is a page that is no certificate; if it was one, it is cut short');
  const page = text.slice(0, end);
  const sum = text.slice(end + SUM_BEFORE.length, -SUM_AFTER.length);
  const found = textHash(page);
  if (sum !== found)
    throw new CertificateError(`it was edited: the page has the hash ${found}, its sum is ${sum}`);
  const from = page.lastIndexOf(JSON_BEFORE);
  const to = page.indexOf(JSON_AFTER, from);
  if (from < 0 || to < 0) throw new CertificateError('it is a page without a certificate in it');
  return parseCertificate(page.slice(from + JSON_BEFORE.length, to));
}

function certifiedCure({ patches, image, schedules, seed, verdict }: SurvivedCure): CertifiedCure {
  const certified = certifiedVerdict(verdict);
  if (certified === undefined) throw new Error('a cure that has not survived');
  return { files: patches.map(fileNamed), image, schedules, seed, verdict: certified };
}

const fileNamed = (path: string): CertifiedFile => ({ path, text: readFileSync(examplePath(path), 'utf8') });

/** Makes the certified run from the certificate's own sources. Undefined: it is as certified. */
export function runDeparture(certificate: Certificate): Promise<Departure | undefined> {
  return withSources(certificate.files, async (place) => {
    const schedule = placed(certificate.schedule, place);
    const subject = await subjectOfSchedule(schedule, formOf(schedule));
    return orInterrupted('whether its run is as certified is not known', () =>
      certifyRun(labOf(subject, schedule.from), { ...certificate, schedule }),
    );
  });
}

/** What Ctrl-C leaves unknown behind the run. */
const CURE_UNKNOWN = 'its run is as certified; whether the cure is, is not known';

/** Tries the certified cure again. Undefined: it comes to what is certified. */
export function cureDeparture(
  certificate: Certificate,
  cure: CertifiedCure,
  judge: Judge,
): Promise<Departure | undefined> {
  return withSources(certificate.files, (place) =>
    withSources(cure.files, async (placeOfCure) => {
      const schedule = placed(certificate.schedule, place);
      const subject = await judge.changed(
        schedule,
        cure.files.map(({ path }) => placeOfCure(path)),
      );
      const { hash } = subject.kernel.image;
      if (hash !== cure.image)
        return { what: "the cured kernel's image", certified: cure.image, found: hash };
      const lab = await orInterrupted(CURE_UNKNOWN, () => labOf(subject, schedule.from));
      const verdict = await judge.verdict(subject, lab, schedule);
      const found = certifiedVerdict(verdict);
      if (found !== undefined) return certifyVerdict(cure.verdict, found);
      const { failed, interrupted, died } = verdict;
      // That is no difference: nothing of what is certified was found to be otherwise.
      if (interrupted && failed === undefined) throw new Interrupted(CURE_UNKNOWN);
      const why = died.length > 0 ? 'a worker died' : failed?.failure?.title;
      return { what: 'the cure', certified: 'survived', found: why ?? 'not known' };
    }),
  );
}

const placed = (schedule: Schedule, place: (path: string) => string): Schedule => ({
  ...schedule,
  scenario: schedule.scenario === undefined ? undefined : place(schedule.scenario),
  patches: schedule.patches.map(place),
});

/**
 * Lays sources out in a folder of their own, each in one of its own with the name that it had, since the
 * kernel's listing has that.
 */
async function withSources<T>(
  files: readonly CertifiedFile[],
  use: (place: (path: string) => string) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-certificate-'));
  try {
    const places = new Map(
      files.map(({ path, text }, i) => {
        const folder = join(dir, String(i));
        mkdirSync(folder);
        const place = join(folder, basename(path));
        writeFileSync(place, text);
        return [path, place];
      }),
    );
    return await use((path) => places.get(path)!);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A difference in one line. */
export const departureText = ({ what, certified, found }: Departure): string =>
  `${what}: certified ${certified}, found ${found}`;
