import { ARCHES, BUCKET_LEVELS, CONFIDENCES, NAMED_STATEMENTS, NATURES, PARTS, SYSTEMS } from './types.js';

/*
 * The JSON schema of a Report (draft 2020-12). docs/report-formats.md says what the fields mean; a test holds
 * reports of every form against it.
 */

const hex = { type: 'string', pattern: '^-?0x[0-9a-f]+$' } as const;
const span = {
  type: 'array',
  items: { type: 'integer', minimum: 0 },
  minItems: 2,
  maxItems: 2,
} as const;
const str = { type: 'string' } as const;
const int = { type: 'integer' } as const;

type Properties = Record<string, object>;

function object(properties: Properties, required: string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const list = (items: object): object => ({ type: 'array', items });
const map = (items: object): object => ({ type: 'object', additionalProperties: items });
const fact = (value: object): object =>
  object({ value, span, likely: { const: true }, cut: { const: true } }, ['value', 'span']);
const ref = (name: string): object => ({ $ref: `#/$defs/${name}` });

const address = object({ selector: hex, address: hex }, ['address']);
const process = object({ pid: int, tid: int, name: str, idle: { type: 'boolean' } });
const place = object({ file: str, line: int }, ['file']);
const offset = { type: 'integer', minimum: 0 } as const;
const syndrome = object({ register: str, value: hex, what: str, status: str }, ['register', 'value', 'what']);
const system = { enum: SYSTEMS } as const;
const arch = { enum: ARCHES } as const;

const DEFS: Properties = {
  process,
  trap: object({
    number: fact(int),
    name: fact(str),
    mode: fact({ enum: ['kernel', 'user', 'vm86'] }),
    faultAddress: fact(hex),
    pageOnly: fact({ const: true }),
    faultCode: fact(
      object(
        {
          by: { enum: ['supervisor', 'user'] },
          access: { enum: ['read', 'write', 'execute'] },
          why: {
            enum: ['page not present', 'protection violation', 'reserved bits', 'alignment', 'unknown'],
          },
        },
        ['by', 'access', 'why'],
      ),
    ),
    ip: fact(address),
    sp: fact(address),
    fp: fact(address),
    codeSegment: fact(
      object({ base: hex, limit: hex, type: hex, dpl: int, pres: int, long: int, def32: int, gran: int }),
    ),
    eflags: fact(object({ flags: list(str), iopl: int }, ['flags'])),
    process: fact(ref('process')),
    interruptMask: fact(str),
    cpuid: fact(int),
    apicId: fact(str),
    mpLock: fact(str),
    errorCode: fact(int),
    debuggerCode: fact(int),
    nativeType: fact(int),
    syndrome: fact(syndrome),
  }),
  frame: object(
    {
      function: str,
      offset,
      args: list({ anyOf: [hex, { const: '?' }] }),
      argNames: list(str),
      address: hex,
      framePointer: hex,
      source: place,
      module: str,
      number: int,
      inlined: { type: 'boolean' },
      locals: map(str),
      cut: { type: 'boolean' },
      unsure: { type: 'boolean' },
      gap: { const: true },
      span,
    },
    ['function', 'args', 'span'],
  ),
  boundary: object(
    {
      after: { type: 'integer', minimum: -1 },
      what: { enum: ['trap', 'interrupt', 'syscall', 'signal'] },
      trap: int,
      name: str,
      faultAddress: hex,
      pageOnly: { const: true },
      lastCall: hex,
      syndrome,
      syscall: object({ number: int, name: str }),
      ip: hex,
      sp: hex,
      fp: hex,
      number: int,
      implied: { const: true },
      span,
    },
    ['after', 'what', 'span'],
  ),
  trace: object(
    {
      style: { enum: ['ddb', 'kdb', 'kgdb', 'lldb', 'openbsd', 'netbsd'] },
      purpose: str,
      firstSeen: { const: true },
      cpu: int,
      process: ref('process'),
      frames: list(ref('frame')),
      boundaries: list(ref('boundary')),
      whole: { const: true },
      cut: { const: true },
      shown: { const: true },
      span,
    },
    ['style', 'frames', 'boundaries', 'span'],
  ),
  register: object({ name: str, value: hex, symbol: str, span }, ['name', 'value', 'span']),
  lock: object(
    {
      mode: str,
      class: str,
      name: str,
      type: str,
      address: hex,
      recursion: int,
      at: place,
      nth: int,
      part: { enum: ['held', 'asked for'] },
      holder: ref('process'),
      span,
    },
    ['name', 'span'],
  ),
};

const EVENT: Properties = {
  kind: str,
  forms: list(str),
  message: fact(str),
  trap: ref('trap'),
  process: fact(ref('process')),
  stoppedAt: object(
    {
      function: str,
      offset: int,
      address: hex,
      instruction: str,
      process: ref('process'),
      debugger: { const: true },
      cpu: int,
      span,
    },
    ['function', 'span'],
  ),
  faultPlace: object(
    {
      function: str,
      offset,
      address: hex,
      source: place,
      caller: object({ function: str, offset }, ['function']),
      jump: { enum: ['null', 'bad'] },
      lost: { const: true },
      likely: { const: true },
      evidence: list(span),
    },
    ['evidence'],
  ),
  frames: list(ref('frame')),
  boundaries: list(ref('boundary')),
  traceStyle: { enum: ['ddb', 'kdb', 'kgdb', 'lldb', 'openbsd', 'netbsd'] },
  traceEnd: { enum: ['whole', 'cut', 'open'] },
  otherTraces: list(ref('trace')),
  registers: list(ref('register')),
  registersOf: { enum: ['fault', 'debugger'] },
  registersCpu: int,
  locks: list(ref('lock')),
  details: map(fact({ type: ['string', 'number'] })),
  cpu: fact(int),
  time: fact(int),
  consequence: fact(str),
  span,
};
const EVENT_REQUIRED = [
  'kind',
  'forms',
  'frames',
  'boundaries',
  'otherTraces',
  'registers',
  'locks',
  'details',
  'span',
];

const REPORT: Properties = {
  ...EVENT,
  schema: { const: 2 },
  system,
  product: str,
  arch,
  others: list(object(EVENT, EVENT_REQUIRED)),
  kernel: object(
    {
      system,
      product: str,
      productRelease: str,
      release: str,
      likely: { const: true },
      config: str,
      text: str,
      arch,
      span,
    },
    ['system', 'text', 'span'],
  ),
  dump: object(
    {
      state: { enum: ['none', 'started', 'succeeded', 'failed', 'good'] },
      detail: str,
      header: map(fact(str)),
      span,
    },
    ['state', 'span'],
  ),
  ps: list(
    object({ pid: int, tid: int, ppid: int, name: str, state: str, wmesg: str, span }, [
      'pid',
      'name',
      'span',
    ]),
  ),
  commands: list(fact(str)),
  recipe: list(
    object(
      {
        command: list(str),
        text: str,
        size: object(
          {
            variable: str,
            relativeToRam: { type: 'boolean' },
            deltaBytes: int,
            ramFactor: { type: 'number' },
            approximate: { type: 'boolean' },
          },
          ['variable', 'relativeToRam', 'deltaBytes', 'ramFactor', 'approximate'],
        ),
        times: int,
        copies: int,
        follows: { const: true },
        span,
      },
      ['command', 'text', 'span'],
    ),
  ),
  memory: object({ ramBytes: int, said: str, span }, ['ramBytes', 'said', 'span']),
  programs: list(
    object({ language: { const: 'c' }, name: str, lines: int, calls: list(str), span }, [
      'language',
      'lines',
      'calls',
      'span',
    ]),
  ),
  damage: list(
    object(
      {
        kind: {
          enum: [
            'unread',
            'truncated',
            'contradictory',
            'garbled',
            'gap',
            'interleaved',
            'reordered',
            'limit',
          ],
        },
        what: str,
        reason: str,
        span,
      },
      ['kind', 'what', 'reason'],
    ),
  ),
  unread: list({ enum: PARTS }),
  natures: object(Object.fromEntries(NAMED_STATEMENTS.map((each) => [each, { enum: NATURES }])), [
    ...NAMED_STATEMENTS,
  ]),
  derived: list(
    object(
      {
        rule: str,
        claim: str,
        because: str,
        values: map({ type: ['string', 'number'] }),
        confidence: { enum: CONFIDENCES },
        aboutBuild: { const: true },
        evidence: list(span),
      },
      ['rule', 'claim', 'because', 'values', 'confidence', 'evidence'],
    ),
  ),
  checks: list(
    object({ name: str, ok: { type: 'boolean' }, detail: str, evidence: list(span) }, [
      'name',
      'ok',
      'detail',
      'evidence',
    ]),
  ),
  signature: str,
  signatureParts: object({ class: str, what: str, culprit: str, process: str, chain: list(str) }, [
    'class',
    'what',
    'chain',
  ]),
  title: str,
  ownFrames: list(str),
  buckets: list(object({ level: { enum: BUCKET_LEVELS }, key: str, title: str }, ['level', 'key', 'title'])),
  unbucketed: str,
  suppressed: str,
  bystander: str,
  corrupted: str,
  normalised: map(int),
};

/** JSON schema of what `parseReport` returns and `explain-report --json` prints. */
export const REPORT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'trap12 report, schema 2',
  ...object(REPORT, [
    ...EVENT_REQUIRED,
    'schema',
    'system',
    'arch',
    'others',
    'ps',
    'commands',
    'recipe',
    'programs',
    'damage',
    'unread',
    'natures',
    'derived',
    'checks',
    'signature',
    'signatureParts',
    'title',
    'ownFrames',
    'buckets',
    'normalised',
  ]),
  $defs: DEFS,
} as const;
