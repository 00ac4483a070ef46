import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type Certificate,
  CertificateError,
  type CertifiedCure,
  type CertifiedFile,
  certificateText,
  certifiedVerdict,
  certifyRun,
  certifyVerdict,
  type Departure,
  formOf,
  type Lab,
  parseSchedule,
  replaySchedule,
  type Schedule,
  type Verdict,
} from '@trap12/explore';
import { CommandError, usageError, VERSION } from './exit.js';
import { examplePath } from './learn/shipped.js';
import { writeFor } from './output.js';
import { labOf, type Subject, subjectOfSchedule } from './subject.js';

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

/**
 * Writes a certificate for an option, and checks first that it stands by itself: that its run comes from the
 * sources that are in it.
 * @throws CommandError: it does not, or cannot be written
 */
export async function writeCertificate(
  path: string,
  scheduleText: string,
  cure: SurvivedCure | undefined,
): Promise<void> {
  const schedule = parseSchedule(scheduleText);
  const { scenario, patches } = schedule;
  const lab = labOf(await subjectOfSchedule(schedule, formOf(schedule)), schedule.from);
  const { failure } = replaySchedule(lab, schedule).examined;
  const certificate: Certificate = {
    made: `trap12 ${VERSION}`,
    title: failure?.title ?? 'in order',
    panic: failure?.text ?? null,
    schedule,
    scheduleText,
    files: [...(scenario === undefined ? [] : [scenario]), ...patches].map(fileNamed),
    cure: cure === undefined ? null : certifiedCure(cure),
  };
  const differs = await runDeparture(certificate).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    throw usageError(`--certificate ${path}: it would not stand by itself: ${error.message}`);
  });
  if (differs !== undefined)
    throw usageError(`--certificate ${path}: it would not stand by itself: ${departureText(differs)}`);
  try {
    writeFor('--certificate', path, certificateText(certificate));
  } catch (error) {
    if (error instanceof CertificateError) throw usageError(`--certificate ${path}: ${error.message}`);
    throw error;
  }
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
    return certifyRun(labOf(subject, schedule.from), { ...certificate, schedule });
  });
}

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
      const verdict = await judge.verdict(subject, labOf(subject, schedule.from), schedule);
      const found = certifiedVerdict(verdict);
      if (found !== undefined) return certifyVerdict(cure.verdict, found);
      const { failed, interrupted, died } = verdict;
      const why = interrupted ? 'interrupted' : died.length > 0 ? 'a worker died' : failed?.failure?.title;
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
