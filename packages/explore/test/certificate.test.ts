/** Certificates: what is read of them, and does a run tell a true one from one that is not? */
import { describe, expect, test } from 'vitest';
import {
  type Certificate,
  CERTIFICATE_MAX,
  certificateText,
  certifyRun,
  certifyVerdict,
  parseCertificate,
  planNamed,
  type Schedule,
  scheduleText,
  search,
} from '../src/index.js';
import { labFor, scheduleWith } from './scenario.js';

const lab = labFor('check-then-act');
const { found } = await search(lab, {
  plan: planNamed('random'),
  seed: 1,
  schedules: 1000,
  host: { turn: async () => {}, clock: () => 0 },
});
const { choices, failure, attempt, hash } = found!;
const schedule = scheduleWith(lab, { choices, ended: failure!.signature, endedNs: attempt.nowNs, hash });

/** The certificate of a schedule, with a right sum, whatever is in it. */
const certificateOf = (changed: Partial<Schedule> = {}, rest: Partial<Certificate> = {}): Certificate => {
  const all = { ...schedule, ...changed };
  return {
    made: 'a test',
    title: failure!.title,
    panic: failure!.text ?? null,
    schedule: all,
    scheduleText: scheduleText(all),
    files: [{ path: 'a.ts', text: 'as it was' }],
    cure: null,
    ...rest,
  };
};
const verdict = {
  replayed: [null],
  around: 7,
  systematic: { tries: 12, covered: 'all of them' },
  sampled: { tries: 88, distinct: 2, singletons: 0 },
};
const cure = {
  files: [{ path: 'dir/cure.ts', text: 'function* cured' }],
  image: '00',
  schedules: 100,
  seed: 1,
  verdict,
};
const whole = certificateOf({}, { cure });
const text = certificateText(whole);

describe('is a certificate its text?', () => {
  test('what is written is read', () => {
    expect(whole.panic).toMatch(/^panic: /);
    expect(parseCertificate(text)).toEqual(whole);
    expect(parseCertificate(certificateText(certificateOf()))).toEqual(certificateOf());
    expect(parseCertificate(JSON.stringify(JSON.parse(text)))).toEqual(whole);
  });

  /** Somebody who knows the form has edited it, and put the sum right. */
  const resealed = (change: (fields: Record<string, unknown>) => void): string => {
    const fields = JSON.parse(text) as Record<string, unknown>;
    change(fields);
    try {
      parseCertificate(JSON.stringify(fields));
    } catch (error) {
      const right = /have the hash (\w{16})/.exec((error as Error).message);
      if (right !== null) return JSON.stringify({ ...fields, sum: right[1] });
    }
    return JSON.stringify(fields);
  };
  const cases: [string, string, RegExp][] = [
    ['nothing', '', /^it is no JSON; if it was a certificate, it is cut short$/],
    ['half of it', text.slice(0, text.length / 2), /it is cut short/],
    ['all but the last brace', text.trimEnd().slice(0, -1), /it is cut short/],
    ['a report', 'panic: free\n', /it is no JSON/],
    ['a schedule', scheduleText(schedule), /it is no JSON/],
    ['other JSON', '{"schema": 1}', /^it is no certificate: its form is not "trap12 certificate"$/],
    ['a list', '[]', /it is no certificate/],
    ['null', 'null', /it is no certificate/],
    ['another version', text.replace('"version": 1', '"version": 2'), /of version 2 .* knows version 1$/],
    [
      'a title changed',
      text.replace('"title": "panic', '"title": "Panic'),
      /^it was edited: .* its sum is "\w{16}"$/,
    ],
    ['a source changed', text.replace('as it was', 'as it is'), /^it was edited/],
    ['a number of the verdict changed', text.replace('"tries": 88', '"tries": 89'), /^it was edited/],
    ['no sum', text.replace(/,\n {2}"sum".*/, ''), /^it was edited: .* its sum is undefined$/],
    ['an empty field', resealed((f) => (f.title = null)), /^title: expected a text$/],
    ['a field that is missing', resealed((f) => delete f.files), /^files: expected a list$/],
    ['a source that is missing', resealed((f) => (f.files = [])), /^files: there is no "a.ts"$/],
    [
      'a name that leads elsewhere',
      resealed((f) => (f.files = [{ path: '../..', text: '' }])),
      /^files\[0\]\.path: expected a name that ends in \.ts$/,
    ],
    [
      'an edited schedule',
      resealed((f) => (f.schedule = (f.schedule as string).replace(/^at .*/m, 'at 1'))),
      /^schedule: it was edited/,
    ],
    [
      'less than no schedules',
      resealed((f) => (f.cure = { ...cure, schedules: -1 })),
      /^cure\.schedules: expected a whole number, 0 or more$/,
    ],
    [
      'a half of a verdict',
      resealed((f) => (f.cure = { ...cure, verdict: { ...verdict, sampled: { tries: 1 } } })),
      /^cure\.verdict\.sampled\.distinct: expected a whole number/,
    ],
    ['too much', `${text}${' '.repeat(CERTIFICATE_MAX)}`, /more than 1048576 characters$/],
  ];
  for (const [what, bad, message] of cases)
    test(`${what}: what is wrong, in one line`, () => {
      expect(() => parseCertificate(bad)).toThrow(message);
      expect(() => parseCertificate(bad)).toThrow(/^[^\n]*$/);
    });

  test('one that would be too long is not written', () => {
    const long = certificateOf({}, { files: [{ path: 'a.ts', text: ' '.repeat(CERTIFICATE_MAX) }] });
    expect(() => certificateText(long)).toThrow(/accepted: up to 1048576$/);
  });
});

describe('does the run tell what is not true?', () => {
  test('all is as certified', () => {
    expect(certifyRun(lab, certificateOf())).toBeUndefined();
  });

  const ended = schedule.ended.replace('panic', 'trap12');
  const cases: [string, Certificate, string, unknown, unknown][] = [
    ['another kernel', certificateOf({ image: 'ab' }), "the kernel's image", 'ab', schedule.image],
    ['another end', certificateOf({ ended }), 'what it ends in', ended, schedule.ended],
    ['another title', certificateOf({}, { title: 'x' }), 'its title', 'x', failure!.title],
    ['a later end', certificateOf({ endedNs: 1 }), 'virtual time of the end, ns', '1', String(attempt.nowNs)],
    ['another state', certificateOf({ hash: '00' }), 'the state at the end', '00', hash],
    [
      'a line of the panic',
      certificateOf({}, { panic: failure!.text!.replace('db> t', 'db> x') }),
      'the panic, line 4',
      'db> x',
      'db> t',
    ],
    ['no panic', certificateOf({}, { panic: null }), 'the panic, line 1', '', failure!.text!.split('\n')[0]],
  ];
  for (const [name, certificate, what, certified, now] of cases)
    test(`${name} is the first difference`, () => {
      expect(certifyRun(lab, certificate)).toEqual({ what, certified, found: now });
    });

  test('a choice that does not come by', () => {
    const last = choices.at(-1)!;
    const moved = certificateOf({
      choices: [...choices.slice(0, -1), { ...last, number: last.number + 900 }],
    });
    expect(certifyRun(lab, moved)).toMatchObject({ what: `choice ${choices.length}` });
  });

  test('another verdict', () => {
    expect(certifyVerdict(verdict, { ...verdict })).toBeUndefined();
    expect(certifyVerdict(verdict, { ...verdict, around: 8 })).toMatchObject({ certified: '7', found: '8' });
    expect(certifyVerdict(verdict, { ...verdict, replayed: ['stuck'] })).toMatchObject({ found: 'stuck' });
    const sampled = { ...verdict.sampled, singletons: 1 };
    expect(certifyVerdict(verdict, { ...verdict, sampled })?.found).toBe(
      '88 schedules, 2 distinct orders, 1 seen once',
    );
    expect(certifyVerdict(verdict, { ...verdict, sampled: null })?.found).toBe('none');
    const systematic = { tries: 12, covered: null };
    expect(certifyVerdict(verdict, { ...verdict, systematic })?.what).toBe('what they cover');
  });
});
