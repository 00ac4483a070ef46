/*
 * The fields that a teacher's file may have, for what is misspelt to be told: a check of which `atLest` is
 * ignored would pass everybody.
 */
import { nearest } from '@trap12/system/nearest.js';

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** How a kind of value is called, and what belongs to it. */
const KINDS = {
  text: ['a text', (value) => typeof value === 'string'],
  name: ['a text that is not empty', (value) => typeof value === 'string' && value.trim() !== ''],
  size: ['a size, as 64M', (value) => typeof value === 'string' && /^\d+[KMG]?(?:i?B)?$/i.test(value)],
  number: ['a number', (value) => Number.isFinite(value)],
  count: ['a whole number, 1 or more', (value) => Number.isSafeInteger(value) && Number(value) >= 1],
  natural: ['a whole number, 0 or more', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  points: ['a number, 0 or more', (value) => Number.isFinite(value) && Number(value) >= 0],
  minutes: [
    'a number above 0 and up to 1000',
    (value) => typeof value === 'number' && value > 0 && value <= 1000,
  ],
  time: ['a number above 0, of virtual seconds', (value) => Number.isFinite(value) && Number(value) > 0],
  texts: ['a list of texts', isTexts],
  true: ['true', (value) => value === true],
  'text or number': ['a text or a number', (value) => ['string', 'number'].includes(typeof value)],
} satisfies Record<string, [called: string, belongs: (value: unknown) => boolean]>;

/** What a field holds: a text, lines of text, and so on; or a record with fields of its own, or a list. */
type Form = keyof typeof KINDS | { list: Form } | Fields;
interface Fields {
  fields: Readonly<Record<string, Form>>;
}

const MACHINE: Readonly<Record<string, Form>> = {
  ...{ ram: 'size', ncpu: 'count', swap: 'size', locking: 'text', seed: 'natural', attempts: 'count' },
  ...{ suspect: 'text', seconds: 'time', busy: 'time', patches: 'texts', programs: 'texts', command: 'text' },
};

const VALUE: Fields = {
  fields: {
    ...{ explored: 'text', counter: 'text', console: 'text', panic: 'text', ended: 'true', status: 'true' },
    ...{ invariants: 'true', programs: 'true', calls: { list: 'natural' }, ddb: 'text', find: 'text' },
  },
};

const CHECK: Fields = {
  fields: {
    ...{ name: 'name', says: 'text', points: 'points' },
    ...{ value: VALUE, less: { fields: MACHINE }, equals: 'text or number' },
    ...{ atLeast: 'number', atMost: 'number', seeds: 'count' },
    ...{
      scenario: 'text',
      schedules: 'count',
      seed: 'natural',
      strategy: 'text',
      races: 'true',
      about: 'texts',
    },
  },
};

const TASK: Readonly<Record<string, Form>> = {
  ...{ give: 'text', only: 'texts', run: { fields: MACHINE }, checks: { list: CHECK } },
};

const EXERCISE: Fields = {
  fields: {
    ...TASK,
    ...{ task: 'texts', hint: 'text', solution: 'texts', prints: 'true' },
    wrong: { list: { fields: { give: 'texts', fails: 'text' } } },
  },
};

const QUESTION: Fields = {
  fields: {
    ...{ ask: 'text', run: { fields: { ...MACHINE, scenario: 'text' } }, value: VALUE },
    ...{ less: { fields: MACHINE }, hint: 'text', so: 'text', wrong: 'texts', also: 'texts' },
    ...{ signal: 'true', count: 'true' },
  },
};

const STEP: Fields = { fields: { text: 'texts', type: 'texts', why: 'text', question: QUESTION } };

const LESSON: Fields = {
  fields: { title: 'text', minutes: 'minutes', about: 'text', steps: { list: STEP }, exercise: EXERCISE },
};

/** What is wrong with the fields of a lesson, in one line; undefined: nothing */
export const lessonFault = (lesson: unknown): string | undefined => faultOf(lesson, LESSON, '');

/** The same of a task; of a lesson, its exercise is one. */
export const taskFault = (task: unknown): string | undefined =>
  isRecord(task) && 'exercise' in task ? lessonFault(task) : faultOf(task, { fields: TASK }, '');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param where the way to the value: `steps[2].question` */
function faultOf(value: unknown, form: Form, where: string): string | undefined {
  const called = where === '' ? 'the file' : where;
  if (typeof form === 'string') {
    const [kind, belongs] = KINDS[form];
    return belongs(value) ? undefined : `${called} is not ${kind}`;
  }
  if ('list' in form) {
    if (!Array.isArray(value)) return `${called} is no list`;
    return firstFault(value, (each, i) => faultOf(each, form.list, `${where}[${i + 1}]`));
  }
  if (!isRecord(value)) return `${called} is no record with fields`;
  const accepted = Object.keys(form.fields);
  return firstFault(Object.entries(value), ([name, each]) => {
    const known = Object.hasOwn(form.fields, name) ? form.fields[name] : undefined;
    if (known !== undefined) return faultOf(each, known, where === '' ? name : `${where}.${name}`);
    const near = nearest(name, accepted);
    const meant = near === undefined ? '' : ` (did you mean "${near}"?)`;
    return `${called} has a field "${name}" that is none${meant}; accepted: ${accepted.join(', ')}`;
  });
}

function firstFault<T>(all: readonly T[], faultOfOne: (each: T, i: number) => string | undefined) {
  for (const [i, each] of all.entries()) {
    const fault = faultOfOne(each, i);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
