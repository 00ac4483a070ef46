import { checkNeeds, NEED } from '@trap12/target';
import { parseSchedule, type Schedule, ScheduleError } from './schedule.js';
import { textHash } from './state-hash.js';
import type { Verdict } from './verify.js';

/*
 * A certificate is a finding that somebody else can check: a schedule with the sources that its kernel was
 * made of, what its run ends in, and perhaps a cure with what was tried of it. Its sum tells a file that was
 * damaged or edited by hand; that a finding is true only the run itself tells (`trap12 certify`).
 */

const FORM = 'trap12 certificate';
/** Of the form of certificates. */
export const CERTIFICATE_VERSION = 1;
/** Sources and a schedule are a few kilobytes. */
export const CERTIFICATE_MAX = 1 << 20;

/** Whoever checks it writes the files down under the last part of their names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is not allowed
const SOURCE = /(?:^|\/)[^/\\\x00-\x1f]+\.ts$/;

/** A source file, under the name by which the schedule or the cure knows it. */
export interface CertifiedFile {
  path: string;
  text: string;
}

/** What was tried of a cure and what that came to; the same search comes to the same. */
export interface CertifiedVerdict {
  /** How each failing schedule ends with the cure: null for in order */
  replayed: (string | null)[];
  /** Schedules that differ a little from those */
  around: number;
  /** In order, fewest preemptions first */
  systematic: { tries: number; covered: string | null };
  /** By chance; null: everything had been tried in order */
  sampled: { tries: number; distinct: number; singletons: number } | null;
}

export interface CertifiedCure {
  /** Patches, behind those of the schedule, in their order */
  files: CertifiedFile[];
  /** Hash of the kernel's image with them */
  image: string;
  /** Schedules to try, and the number that chance depended on */
  schedules: number;
  seed: number;
  verdict: CertifiedVerdict;
}

export interface Certificate {
  /** The program that made it, for people */
  made: string;
  /** The failure, for people */
  title: string;
  /** The panic as somebody would have mailed it; null if it was another failure */
  panic: string | null;
  /** With the kernel's image, machine, end and state at the end */
  schedule: Schedule;
  /** The schedule's text, as it was certified */
  scheduleText: string;
  /** Scenario and patches of the schedule */
  files: CertifiedFile[];
  cure: CertifiedCure | null;
}

/** A text is no certificate that can be checked; the message says why, in one line. */
export class CertificateError extends Error {}

/** The part of a verdict that is certified. Undefined: the change did not survive, or not all was tried. */
export function certifiedVerdict(verdict: Verdict): CertifiedVerdict | undefined {
  const { replayed, around, systematic, sampled, failed, died, interrupted } = verdict;
  if (failed !== undefined || died.length > 0 || interrupted || systematic === undefined) return undefined;
  return {
    replayed: replayed.map(({ now }) => now ?? null),
    around,
    systematic: { tries: systematic.tries, covered: systematic.covered ?? null },
    sampled:
      sampled === undefined
        ? null
        : { tries: sampled.tries, distinct: sampled.distinct, singletons: sampled.singletons },
  };
}

/** @throws CertificateError: it would be too long */
export function certificateText({ scheduleText, schedule: _, ...rest }: Certificate): string {
  const body = { form: FORM, version: CERTIFICATE_VERSION, ...rest, schedule: scheduleText };
  const text = `${JSON.stringify({ ...body, sum: textHash(JSON.stringify(body)) }, null, 2)}\n`;
  if (text.length > CERTIFICATE_MAX)
    throw new CertificateError(`it would have ${text.length} characters; accepted: up to ${CERTIFICATE_MAX}`);
  return text;
}

type Fields = Record<string, unknown>;

/** Reads a certificate. @throws CertificateError: it is none, of another version, cut short, or edited */
export function parseCertificate(text: string): Certificate {
  checkNeeds('parseCertificate', { text }, { text: NEED.text });
  if (text.length > CERTIFICATE_MAX)
    throw new CertificateError(`it is no certificate: it has more than ${CERTIFICATE_MAX} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CertificateError('it is no JSON; if it was a certificate, it is cut short');
  }
  if (typeof value !== 'object' || value === null || (value as Fields).form !== FORM)
    throw new CertificateError(`it is no certificate: its form is not "${FORM}"`);
  const { sum, ...body } = value as Fields;
  if (body.version !== CERTIFICATE_VERSION)
    throw new CertificateError(
      `it is of version ${JSON.stringify(body.version)} of the form; this program knows version ${CERTIFICATE_VERSION}`,
    );
  const found = textHash(JSON.stringify(body));
  if (sum !== found)
    throw new CertificateError(
      `it was edited: its fields have the hash ${found}, its sum is ${JSON.stringify(sum)}`,
    );
  return new Reader(body).certificate();
}

/** Reads fields of the expected kinds. */
class Reader {
  constructor(
    private readonly fields: Fields,
    private readonly under = '',
  ) {}

  certificate(): Certificate {
    const scheduleText = this.text('schedule');
    const certificate = {
      made: this.text('made'),
      title: this.text('title'),
      panic: this.maybe('panic', (name) => this.text(name)),
      schedule: this.schedule(scheduleText),
      scheduleText,
      files: this.files('files'),
      cure: this.maybe('cure', (name) => this.record(name).cure()),
    };
    const { scenario, patches } = certificate.schedule;
    const wanted = [...(scenario === undefined ? [] : [scenario]), ...patches];
    const lacking = wanted.find((path) => !certificate.files.some((file) => file.path === path));
    if (lacking !== undefined) throw this.wrong('files', `there is no ${JSON.stringify(lacking)}`);
    return certificate;
  }

  private cure(): CertifiedCure {
    return {
      files: this.files('files'),
      image: this.text('image'),
      schedules: this.count('schedules'),
      seed: this.count('seed'),
      verdict: this.record('verdict').verdict(),
    };
  }

  private verdict(): CertifiedVerdict {
    const systematic = this.record('systematic');
    return {
      replayed: this.list('replayed').map((each) => {
        if (each === null || typeof each === 'string') return each;
        throw this.wrong('replayed', 'expected texts or null');
      }),
      around: this.count('around'),
      systematic: {
        tries: systematic.count('tries'),
        covered: systematic.maybe('covered', (name) => systematic.text(name)),
      },
      sampled: this.maybe('sampled', (name) => {
        const sampled = this.record(name);
        return {
          tries: sampled.count('tries'),
          distinct: sampled.count('distinct'),
          singletons: sampled.count('singletons'),
        };
      }),
    };
  }

  private schedule(text: string): Schedule {
    try {
      return parseSchedule(text);
    } catch (error) {
      if (error instanceof ScheduleError) throw this.wrong('schedule', error.message);
      throw error;
    }
  }

  private files(name: string): CertifiedFile[] {
    return this.list(name).map((each, i) => {
      if (typeof each !== 'object' || each === null) throw this.wrong(name, 'expected records');
      const file = new Reader(each as Fields, `${this.under}${name}[${i}].`);
      const path = file.text('path');
      if (!SOURCE.test(path)) throw file.wrong('path', 'expected a name that ends in .ts');
      return { path, text: file.text('text') };
    });
  }

  private maybe<T>(name: string, read: (name: string) => T): T | null {
    return this.fields[name] === null ? null : read(name);
  }

  private text(name: string): string {
    const value = this.fields[name];
    if (typeof value === 'string') return value;
    throw this.wrong(name, 'expected a text');
  }

  private count(name: string): number {
    const value = this.fields[name];
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw this.wrong(name, 'expected a whole number, 0 or more');
  }

  private list(name: string): unknown[] {
    const value = this.fields[name];
    if (Array.isArray(value)) return value;
    throw this.wrong(name, 'expected a list');
  }

  private record(name: string): Reader {
    const value = this.fields[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return new Reader(value as Fields, `${this.under}${name}.`);
    throw this.wrong(name, 'expected a record');
  }

  private wrong(name: string, what: string): CertificateError {
    return new CertificateError(`${this.under}${name}: ${what}`);
  }
}
