import fc from 'fast-check';

/** A panic of which everything is known; the forms render it and the tests compare what is read back. */
export interface Known {
  arch: 'i386' | 'amd64';
  trap: number;
  trapName: string;
  cpu: number;
  va: string;
  access: 'read' | 'write';
  why: 'page not present' | 'protection violation';
  ip: string;
  sp: string;
  fp: string;
  pid: number;
  tid: number;
  process: string;
  instruction: string;
  frames: KnownFrame[];
  /** The boundary lies after this frame. */
  boundary: number;
  boundaryIp: string;
  boundarySp: string;
  boundaryFp: string;
  registers: [name: string, value: string][];
  locks: { address: string; name: string; type: string; file: string; line: number }[];
  number: number;
}

export interface KnownFrame {
  function: string;
  offset: number;
  args: string[];
  address: string;
  frame: string;
  file: string;
  line: number;
}

const SYLLABLES = [
  'vm',
  'map',
  'page',
  'fault',
  'pmap',
  'lookup',
  'ip',
  'tcp',
  'output',
  'ffs',
  'write',
  'sync',
  'buf',
  'kern',
  'uma',
  'vnode',
  'close',
  'sched',
];
const FILES = [
  '/usr/src/sys/kern/kern_descrip.c',
  '/usr/src/sys/vm/vm_map.c',
  '/usr/src/sys/netinet/tcp_input.c',
  '/usr/home/dev/src/sys/ufs/ffs/ffs_vnops.c',
];

/** Function names that are no helpers; the number keeps the names of one trace apart. */
const functionName = fc
  .array(fc.constantFrom(...SYLLABLES), { minLength: 2, maxLength: 5 })
  .chain((parts) => fc.nat(99).map((n) => `${parts.join('_')}${n}`));

function hex(min: number, max: number) {
  return fc.integer({ min, max }).map((n) => n.toString(16));
}

const REGISTERS = {
  i386: ['cs', 'ds', 'es', 'fs', 'ss', 'eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip', 'efl'],
  amd64: [
    'cs',
    'ds',
    'es',
    'fs',
    'gs',
    'ss',
    'rax',
    'rcx',
    'rdx',
    'rbx',
    'rsp',
    'rbp',
    'rsi',
    'rdi',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'r13',
    'r14',
    'r15',
    'rip',
    'rflags',
  ],
};

export function known(arch: 'i386' | 'amd64'): fc.Arbitrary<Known> {
  const text =
    arch === 'i386'
      ? hex(0xc0100000, 0xc09fffff)
      : hex(0, 0xffffff).map((n) => `ffffffff80${n.padStart(6, '0')}`);
  const data =
    arch === 'i386'
      ? hex(0xc3000000, 0xdfffffff)
      : hex(0x10000000, 0xffffffff).map((n) => `fffffe00${n.padStart(8, '0')}`);
  const arg = fc.oneof(data, fc.constant('0'), hex(1, 0xffff));
  const frame = fc.record({
    function: functionName,
    offset: fc.integer({ min: 1, max: 0xfff }),
    args: fc.array(arg, { minLength: 0, maxLength: 5 }),
    address: text,
    frame: data,
    file: fc.constantFrom(...FILES),
    line: fc.integer({ min: 1, max: 9999 }),
  });
  const lock = fc.record({
    address: data,
    name: fc.constantFrom('vm', 'process lock', 'Giant', 'UMA lock', 'inp', 'bufobj interlock', 'ufs'),
    type: fc.constantFrom('sleep mutex', 'UMA lock', 'lockmgr', 'rw', 'sx'),
    file: fc.constantFrom(...FILES),
    line: fc.integer({ min: 1, max: 9999 }),
  });
  return fc
    .record({
      arch: fc.constant(arch),
      trap: fc.constant(12),
      trapName: fc.constant('page fault'),
      cpu: fc.integer({ min: 0, max: 7 }),
      va: fc.oneof(hex(0, 0xfff), data),
      access: fc.constantFrom('read' as const, 'write' as const),
      why: fc.constantFrom('page not present' as const, 'protection violation' as const),
      ip: text,
      sp: data,
      fp: data,
      pid: fc.integer({ min: 0, max: 99999 }),
      tid: fc.integer({ min: 100000, max: 199999 }),
      process: fc.constantFrom('vmdaemon', 'swi4: clock', 'irq12: fxp0', 'sh', 'if_io_tqg_3', 'kernel'),
      instruction: fc.constantFrom(
        'incw 0x3a(%eax)',
        'movl %edx,0x10(%ecx)',
        'cmpl $0,0x8(%ebx)',
        'movq 0x28(%rdi),%rax',
      ),
      frames: fc.uniqueArray(frame, { minLength: 4, maxLength: 12, selector: (f) => f.function }),
      boundary: fc.nat(2),
      boundaryIp: text,
      boundarySp: data,
      boundaryFp: data,
      registers: fc.tuple(
        ...REGISTERS[arch].map((name) => arg.map((value): [string, string] => [name, value])),
      ),
      locks: fc.tuple(lock, lock, lock),
      number: fc.integer({ min: 1, max: 1_000_000_000 }),
    })
    .map((k) => ({ ...k, locks: [...k.locks] }));
}

/** Canonical form, as the parser gives numbers. */
export function canon(value: string): string {
  return `0x${value.replace(/^0+(?=.)/, '')}`;
}
