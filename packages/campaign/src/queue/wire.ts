import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Outcome, OutcomeFailure, Task, UnitName } from '../types.js';

/* What goes through the queue. It may come from anybody: all of it is looked at before it is used. */

/** A unit as it is handed out. */
export interface WireTask {
  /** Id of the campaign that wants it */
  campaign: string;
  task: Task;
  /** Name of the object that has its files */
  bundle: string;
}

/** What came of one. */
export interface WireResult {
  unit: UnitName;
  outcome: Outcome;
}

/** The files that a scenario is made of, by their places among each other. */
export interface Bundle {
  scenario: string;
  /** Those that the scenario does not name itself */
  patches: string[];
  files: { path: string; text: string }[];
}

/** The name of a text: what it is, so nobody can put another one in its place. */
export const contentName = (text: string): string => createHash('sha256').update(text).digest('hex');

type Fields = Record<string, unknown>;

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no record');
  return value as Fields;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('no text');
  return value;
}

function number(value: unknown, most: number, least = 0): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new Error(`no number from ${least} to ${most}`);
  return value as number;
}

/** A word as subjects and objects of the queue have them in their names. */
function word(value: unknown): string {
  const name = text(value);
  if (!/^[\w-]{1,64}$/.test(name)) throw new Error(`no name: ${JSON.stringify(name.slice(0, 80))}`);
  return name;
}

/** Tries of a unit, at most. */
const COUNT_MAX = 1e6;
/** Choices of a schedule, at most. */
const SIZE_MAX = 1e9;

/** @throws Error: it is no task */
export function parseTask(json: string): WireTask {
  const { campaign, task, bundle } = record(JSON.parse(json));
  const { subject, strategy, number: unit, count, schedule } = record(task);
  const { name, build, image, canary, record: made } = record(subject);
  return {
    campaign: word(campaign),
    bundle: word(bundle),
    task: {
      subject: {
        ...{ name: text(name), build: text(build), image: text(image) },
        ...{ canary: canary === true, record: text(made) },
      },
      strategy: text(strategy),
      number: number(unit, Number.MAX_SAFE_INTEGER),
      count: number(count, COUNT_MAX, 1),
      ...(schedule === undefined ? {} : { schedule: text(schedule) }),
    },
  };
}

/** @throws Error: it is no result */
export function parseResult(json: string): WireResult {
  const { unit, outcome } = record(JSON.parse(json));
  const { subject, strategy, number: which } = record(unit);
  const { name, build, canary } = record(subject);
  const { tries: all, failures, covered } = record(outcome);
  const tries = number(all, COUNT_MAX);
  if (!Array.isArray(failures)) throw new Error('no list');
  const kinds = failures.map((each): OutcomeFailure => {
    const { signature, title, times, at, schedule, size } = record(each);
    return {
      ...{ signature: text(signature), title: text(title), schedule: text(schedule) },
      ...{ times: number(times, tries, 1), at: number(at, tries - 1), size: number(size, SIZE_MAX) },
    };
  });
  const signatures = new Set(kinds.map(({ signature }) => signature));
  if (signatures.size < kinds.length) throw new Error('a signature twice');
  const failed = kinds.reduce((sum, { times }) => sum + times, 0);
  if (failed > tries) throw new Error(`${failed} of ${tries} tries failed`);
  return {
    unit: {
      subject: { name: text(name), build: text(build), canary: canary === true },
      ...{ strategy: text(strategy), number: number(which, Number.MAX_SAFE_INTEGER) },
    },
    outcome: { tries, failures: kinds, ...(covered === undefined ? {} : { covered: text(covered) }) },
  };
}

/** What a name may have, as it stands behind a folder for files of the moment. */
const PLACE_MAX = 250;

/** A place within a folder. @throws Error: it is none */
function inside(value: unknown): string {
  const place = text(value);
  if (!/^[^/\\\0:]+(?:\/[^/\\\0:]+)*$/.test(place) || /^\.\.?$/m.test(place.replaceAll('/', '\n')))
    throw new Error(`a file outside of its folder: ${JSON.stringify(place)}`);
  if (Buffer.byteLength(place) > PLACE_MAX) throw new Error(`a name of more than ${PLACE_MAX} bytes`);
  return place;
}

/** @throws Error: it is no bundle, or has files outside of its folder */
export function parseBundle(json: string): Bundle {
  const { scenario, patches, files } = record(JSON.parse(json));
  if (!Array.isArray(files) || !Array.isArray(patches)) throw new Error('no list');
  const all = files.map((each) => {
    const { path, text: content } = record(each);
    return { path: inside(path), text: text(content) };
  });
  const places = new Set(all.map(({ path }) => path));
  if (places.size < all.length) throw new Error('a file twice');
  for (const place of places)
    for (let end = place.indexOf('/'); end >= 0; end = place.indexOf('/', end + 1))
      if (places.has(place.slice(0, end))) throw new Error(`a file in a file: ${JSON.stringify(place)}`);
  return { scenario: inside(scenario), patches: patches.map(inside), files: all };
}

/** A server takes messages of a megabyte, by default. */
const PACK_BYTES = 32 << 10;
const MESSAGE_BYTES = 1_000_000;
const UNPACKED_BYTES = 64 << 20;

/** A text as a message: packed if it is long. */
function pack(whole: string): Uint8Array {
  const bytes = Buffer.from(whole);
  return bytes.length < PACK_BYTES ? bytes : gzipSync(bytes);
}

/** The text of a message. @throws Error: it is packed, and damaged or too long */
export function unpack(message: Uint8Array): string {
  const isPacked = message[0] === 0x1f && message[1] === 0x8b;
  const bytes = isPacked ? gunzipSync(message, { maxOutputLength: UNPACKED_BYTES }) : Buffer.from(message);
  return bytes.toString();
}

/** A task as it is handed out: without what only its campaign needs. */
export function taskMessage({ campaign, task, bundle }: WireTask): Uint8Array {
  const { subject, strategy, number: unit, count, schedule } = task;
  const { name, build, image, canary, record: made } = subject;
  return pack(
    JSON.stringify({
      ...{ campaign, bundle },
      task: {
        subject: { name, build, image, canary, record: made },
        ...{ strategy, number: unit, count, schedule },
      },
    }),
  );
}

/** A result, for the campaign. Where its schedules are too long for any message, it goes without them. */
export function resultMessage({ subject, strategy, number: which }: Task, outcome: Outcome): Uint8Array {
  const { name, build, canary } = subject;
  const unit = { subject: { name, build, canary }, strategy, number: which };
  const whole = pack(JSON.stringify({ unit, outcome }));
  if (whole.length <= MESSAGE_BYTES) return whole;
  const failures = outcome.failures.map((failure) => ({ ...failure, schedule: '', size: 0 }));
  return pack(JSON.stringify({ unit, outcome: { ...outcome, failures } }));
}
