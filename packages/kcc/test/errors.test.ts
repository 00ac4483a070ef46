import { describe, expect, test } from 'vitest';
import { errorsOf } from './machine.js';

const STRUCTS = `/** @lock a anything */
interface foo extends struct {
  x: int; // (a)
  next: foo; // (a)
  b: boolean; // (a)
}
/** @lock a anything */
interface bar extends struct {
  y: embed<foo>; // (a)
}
function* sleeps(): Sleeps<int> { return 1; }
function plain(a: int): int { return a; }
let g: foo = null;
`;
const LINES = STRUCTS.split('\n').length;

/** The errors in `text` (which follows the structs), their lines counted in it. */
const after = (text: string): string[] =>
  errorsOf(STRUCTS + text).map((e) =>
    e.replace(/^a\.ts:(\d+)/, (_, l: string) => `${Number(l) - LINES + 1}`),
  );

/** Errors in the body of a function f(p: foo, q: bar, n: int, u: u32, w: i64). */
const inBody = (body: string): string[] =>
  after(`function f(p: foo, q: bar, n: int, u: u32, w: i64): void {\n${body}\n}`);

describe('sleeping', () => {
  test.each([
    ['sleeps();', '2:1: may-sleep function sleeps called without yield*'],
    ['yield* sleeps();', '2:1: plain function f contains yield*: it cannot call what may sleep'],
    ['const h = sleeps; h();', '2:19: may-sleep function h called without yield*'],
    ['$switch();', '2:1: $switch needs yield*'],
  ])('%s', (body, error) => {
    expect(inBody(body)).toContain(error);
  });
  test('yield* of a plain function, and bare yield', () => {
    expect(after('function* f(): Sleeps { yield* plain(1);\nyield 3; }')).toEqual([
      '1:32: yield* of plain, which is a plain function',
      '2:1: unsupported: yield without *',
    ]);
  });
  test('star and return type must agree', () => {
    expect(after('function* f(): int { return 1; }')).toEqual(['1:11: f: function* must return Sleeps<...>']);
    expect(after('function f(): Sleeps { }')).toEqual([
      '1:10: f: a function that returns Sleeps<...> must be function*',
    ]);
  });
  test('a pointer to a function keeps its kind', () => {
    expect(after('let t: (a: int) => Sleeps<int> = plain;')).toEqual([
      '1:34: initializer: (int) => int is not (int) => Sleeps<int> (one may sleep, the other not)',
    ]);
  });
});

describe('unsupported constructs are named', () => {
  test.each([
    ['const h = () => 1;', '2:11: unsupported: ArrowFunction'],
    ['const h = {};', '2:11: unsupported: ObjectLiteralExpression'],
    ['const h = [1];', '2:11: unsupported: ArrayLiteralExpression'],
    [['const h = `a$', '{n}`;'].join(''), '2:11: unsupported: TemplateExpression'],
    ['const h = /x/;', '2:11: unsupported: RegularExpressionLiteral'],
    ['const h = new foo();', '2:11: unsupported: NewExpression'],
    ['throw 1;', '2:1: unsupported: ThrowStatement'],
    ['try { } catch { }', '2:1: unsupported: TryStatement'],
    ['for (const k of p) { }', '2:1: unsupported: ForOfStatement'],
    ['for (const k in p) { }', '2:1: unsupported: ForInStatement'],
    ['class A {}', '2:1: unsupported: ClassDeclaration'],
    ['const { x } = p;', '2:7: unsupported: destructuring'],
    ['var h = 1;', '2:1: unsupported: var'],
    ['if (n == 1) n = 2;', '2:7: unsupported operator ==; write ==='],
    ['n = n ?? 1;', '2:7: unsupported operator ??'],
    ['n = p?.x;', '2:5: unsupported: ?.'],
    ['n = n ** 2;', '2:7: unsupported operator **'],
    ['n = typeof n;', '2:5: unsupported: TypeOfExpression'],
    ['n = p as any;', '2:5: unsupported: AsExpression'],
    ['n = this.x;', '2:5: unsupported: ThisKeyword'],
    ['n = 1.5;', '2:5: 1.5 is not an integer of at most 2^53'],
    ['plain(...n);', '2:7: unsupported: spread of anything but va_list'],
  ])('%s', (body, error) => {
    expect(inBody(body)).toContain(error);
  });
  test.each([
    ['async function f(): void {}', '1:16: unsupported: async'],
    ['function f<T>(): void {}', '1:10: unsupported: type parameters of a function'],
    ['function f(a: int = 1): void {}', '1:12: unsupported: default or optional parameter'],
    ['class A {}', '1:1: unsupported at top level: ClassDeclaration'],
    ['enum E { A }', '1:1: unsupported at top level: EnumDeclaration'],
    ['plain(1);', '1:1: unsupported at top level: ExpressionStatement'],
    ['interface z { a: int }', '1:11: interface z must extend struct'],
    [
      'let k: number = 1;',
      '1:8: number is not a type of kernel TypeScript; say which integer: int, u32, u16, u8, i64 ...',
    ],
    ['let k: string = null;', '1:8: string is not a type of kernel TypeScript; a C string is str'],
    ['let k: [int, int];', '1:8: unsupported type: TupleType'],
    ['function f() {}', '1:10: function f without a return type'],
    ['function f(a): void {}', '1:12: parameter a without a type'],
    ['let k = 1;', '1:5: variable k without a type'],
    ['function f(a int): void {}', '1:14: syntax: '],
  ])('%s', (text, error) => {
    expect(after(text).some((e) => e.startsWith(error))).toBe(true);
  });
});

describe('jumps', () => {
  test.each([
    ['break;', '2:1: break outside of a loop or switch'],
    ['continue;', '2:1: continue outside of a loop'],
    ['switch (n) { case 1: continue; }', '2:22: continue outside of a loop'],
    ['while (n) { break nope; }', '2:13: break nope: no such label here'],
    ['here: { continue here; }', '2:9: continue here: that is no loop'],
    ['here: while (n) { here: while (u) n--; }', '2:19: label here within itself'],
  ])('%s', (body, error) => {
    expect(inBody(body)).toEqual([error]);
  });
  test('those that go somewhere', () => {
    const body =
      'a: for (;;) { while (n) { switch (n) { case 1: continue a; case 2: continue; default: break; } break a; } do { break; } while (n); }\nb: { if (n) break b; }';
    expect(inBody(body)).toEqual([]);
  });
});

describe('structs', () => {
  const struct = (fields: string, tags = '@lock a anything'): string[] =>
    after(`/** ${tags} */\ninterface s extends struct {\n${fields}\n}`);
  test.each([
    ['x: int;', '3:1: field s.x has no lock key: end it with a comment "// (key) ..."'],
    ['x: int; // (z) no such', '3:1: lock key (z) of s.x is not declared with @lock'],
    ['x: int; // (a,z)', '3:1: lock key (z) of s.x is not declared with @lock'],
    ['x: int; // (a)\ny: u16; // (a) @0x6 wrong', '4:1: s.y is at 0x4, not at 0x6'],
    ['x?: int; // (a)', '3:1: unsupported: optional field'],
    ['m(): void; // (a)', '3:1: unsupported in a struct: MethodSignature'],
    ['x: embed<s>; // (a)', '2:11: struct s contains itself'],
    ['x: nothing; // (a)', '3:4: unknown type nothing'],
    ['x: embed<int>; // (a)', '3:10: embed<int>: not a struct'],
    ['x: int; // (a)\nx: int; // (a)', '4:1: duplicate field x'],
    ['x: void; // (a)', '3:4: void has no representation in memory'],
    ['x: array<int, u>; // (a)', '3:15: unknown identifier u'],
    ['x: array<int, 100000000>; // (a)', '3:15: array length must be from 0 to 16777216'],
    ['x: array<int, 1.5>; // (a)', '3:15: array length must be from 0 to 16777216'],
  ])('%s', (fields, error) => {
    expect(struct(fields)).toContain(error);
  });
  test('size assertion', () => {
    expect(struct('x: int; // (a)', '@lock a b\n * @size 8')).toEqual([
      '3:11: struct s has 4 bytes (0x4), not 8',
    ]);
  });
  test('fields that are not there', () => {
    expect(inBody('n = p.z;\nn = q.y.w;\nn = n.x;')).toEqual([
      '2:5: struct foo has no field z',
      '3:5: struct foo has no field w',
      '4:5: .x: int is not a struct',
    ]);
  });
});

describe('names', () => {
  test.each([
    ['let n = 1;', '2:5: n shadows another name of the function'],
    ['let plain = 1;', '2:5: plain shadows a kernel name, that of a.ts:12'],
    ['let h = 1; { let h = 2; }', '2:18: h shadows another name of the function'],
    ['n = nowhere;', '2:5: unknown identifier nowhere'],
    ['nowhere(1);', '2:1: unknown identifier nowhere'],
    ['n = Math.abs(n);', "2:5: use of the host's Math"],
    ['n = Date.now();', "2:5: use of the host's Date"],
    ['console.log(1);', "2:1: use of the host's console"],
    ['n = undefined;', '2:5: undefined does not exist in the kernel; use null'],
  ])('%s', (body, error) => {
    expect(inBody(body)).toContain(error);
  });
  test.each([
    ['function plain(): void {}', '1:10: duplicate global name plain (also in a.ts:12)'],
    ['type foo = int;', '1:6: duplicate type name foo'],
    ['let MEM32: int = 0;', '1:5: reserved name MEM32'],
    ['function TAILQ_FIRST(): void {}', '1:10: reserved name TAILQ_FIRST'],
  ])('%s', (text, error) => {
    expect(after(text)).toContain(error);
  });
  test('sibling blocks may use one name', () => {
    expect(inBody('for (let i = 0; i < 2; i++) n = i;\nfor (let i = 0; i < 2; i++) n = i;')).toEqual([]);
  });
});

describe('types', () => {
  test.each([
    ['g = q;', '2:1: assignment: bar is not foo (use $cast)'],
    ['p.next = q;', '2:1: assignment: bar is not foo (use $cast)'],
    ['g = n;', '2:1: assignment: int is not foo (use $cast)'],
    ['n = p;', '2:1: assignment to n: foo is not int (use $addr)'],
    ['n = p.b;', '2:1: assignment to n: boolean is not int (write x ? 1 : 0)'],
    ['p.b = n;', '2:1: assignment: int is not boolean (compare it with 0 or null)'],
    ['q.y = p;', '2:1: cannot assign embed<foo> (copy a struct with $copy)'],
    ["n = 'a' + p;", '2:5: operand of + is str, not an integer; use $addr, $idx or $padd'],
    ['n = p + 1;', '2:5: operand of + is foo, not an integer; use $addr, $idx or $padd'],
    ['n = p.b + 1;', '2:5: operand of + is boolean, not an integer; write x ? 1 : 0'],
    ['if (p < g) n = 1;', '2:5: cannot compare foo < foo; compare addresses with $addr'],
    ['if (p === q) n = 1;', '2:5: cannot compare foo === bar'],
    ['if (p === n) n = 1;', '2:5: cannot compare foo === int'],
    ['plain();', '2:1: plain takes 1 argument, not 0'],
    ['plain(1, 2);', '2:1: plain takes 1 argument, not 2'],
    ['plain(p);', '2:7: argument 1 of plain: foo is not int (use $addr)'],
    ['n();', '2:1: n is int, not a function'],
    ['p[0].x = 1;', '2:1: []: foo is not an array (use $idx)'],
    ['const h = 1; h = 2;', '2:14: assignment to constant h'],
    ['n = w | 1;', '2:5: | is not available on 64-bit integers'],
    ['w = w << n;', '2:5: << on a 64-bit integer needs a constant count'],
    ['switch (p) { default: }', '2:9: switch on foo, not an integer of 32 bits'],
    ['switch (n) { case u: }', '2:19: unknown identifier u'],
    ['switch (n) { case 1: case 1: }', '2:27: duplicate case 1'],
    ['return 1;', '2:1: f returns void'],
    ['let h = null;', '2:5: local h needs a type: its initializer is null'],
    ['let h;', '2:5: local h needs a type or an initializer'],
    ['let h: embed<foo>;', '2:5: local h cannot be embed<foo> (use $local)'],
    ['const h = $ref(n);', '2:11: $ref of local n: locals have no address (use $var)'],
    ['const h = $local<int>();', '2:11: $local<int>: not a struct or array (use $var)'],
    ['const h = $cast<int>(p);', '2:11: $cast<int>: not a pointer type'],
    ['p++;', '2:1: ++ on foo'],
    ['p.next++;', '2:1: +=  on a pointer'.replace('  ', ' ')],
    ['const h = $init(1);', '2:11: $init is for variables of the kernel only'],
    ['n = $offsetof<foo>("q");', '2:5: struct foo has no field q'],
    ['KASSERT(n);', '2:1: KASSERT takes a condition and a message'],
    ['$copy(p, q);', '2:1: $copy: bar is not foo (use $cast)'],
  ])('%s', (body, error) => {
    expect(inBody(body)).toContain(error);
  });
  test('return values', () => {
    expect(after('function f(): int { return; }\nfunction h(p: foo): bar { return p; }')).toEqual([
      '1:21: return without a value in f',
      '2:27: return value of h: foo is not bar (use $cast)',
    ]);
  });
});

describe('globals and constants', () => {
  test.each([
    ['let k: int = plain(1);', '1:14: initializer: not a constant expression (int)'],
    ['const K = plain(1);', '1:11: constant K: not a constant expression (int)'],
    ['const K = K + 1;', '1:7: constant K refers to itself'],
    ['let k: embed<foo> = null;', '1:21: k: initialize embed<foo> with $init(...)'],
    ['let k: embed<foo> = $init({ z: 1 });', '1:29: struct foo has no field z'],
    ['let k: array<int, 2> = $init([1, 2, 3]);', '1:30: too many values for array<int, 2>'],
    ['let k: array<char, 2> = $init("abc");', '1:31: string does not fit into array<u8, 2>'],
    ['const K = 1;\nfunction f(): void { K = 2; }', '2:22: K is a constant, not a variable'],
    ['let k: int = 1 / 0;', '1:14: initializer: not a constant expression (int)'],
  ])('%s', (text, error) => {
    expect(after(text)).toContain(error);
  });
});

describe('inline functions', () => {
  test.each([
    ['/** @inline */\nfunction a(): int { return a(); }', '2:28: inline function a calls itself'],
    [
      '/** @inline */\nfunction a(n: int): void { if (n) return; n = 1; }',
      '2:35: an inline function of statements cannot return',
    ],
    [
      '/** @inline */\nfunction a(): void { plain(1); plain(2); }\nfunction f(): void { const x = (a(), 1); }',
      '3:33: a is an inline function of statements: use it as a statement only',
    ],
    [
      '/** @inline */\nfunction a(): int { return 1; }\nfunction f(): void { const x = a; }',
      '3:32: a is an inline function: it has no address',
    ],
    [
      '/** @inline */\nfunction a(p: foo): int { return p.x; }\nfunction f(): void { a(1); }',
      '3:24: argument 1 of a: int is not foo (use $cast)',
    ],
  ])('%s', (text, error) => {
    expect(after(text)).toContain(error);
  });
});

test('queue macros check their elements and fields', () => {
  expect(
    after(`/** @lock a b */
interface el extends struct {
  l: embed<TAILQ_ENTRY<el>>; // (a)
  m: embed<LIST_ENTRY<el>>; // (a)
}
let h: embed<TAILQ_HEAD<el>>;
function f(p: el, q: foo): void {
  TAILQ_INSERT_TAIL(h, p, 'k');
  TAILQ_INSERT_TAIL(h, p, 'm');
  TAILQ_REMOVE(h, q, 'x');
  TAILQ_INIT(p);
}`),
  ).toEqual(
    [
      '10:3: .tqe_next: int is not a struct',
      '10:3: .tqe_prev: int is not a struct',
      '11:3: struct el has no field tqh_first',
      '11:3: struct el has no field tqh_last',
      '8:3: struct el has no field k',
      '9:3: struct LIST_ENTRY<el> has no field tqe_next',
      '9:3: struct LIST_ENTRY<el> has no field tqe_prev',
    ].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
  );
});

test('all errors of a run come at once, in order', () => {
  expect(inBody('n = a1;\nn = a2;\nn = p;')).toEqual([
    '2:5: unknown identifier a1',
    '3:5: unknown identifier a2',
    '4:1: assignment to n: foo is not int (use $addr)',
  ]);
});

/* The parser puts names without a letter where it finds none, and goes on. */
test('of what does not parse nothing else is told, least of all a name that nobody wrote', () => {
  for (const text of [
    'function f(n: int): int {\n  const = 3;\n  return n;\n}',
    'function f(n: int): int {\n  let x: int = ;\n  return x + ;\n}',
    'function (a: int): int { return a; }\nexport function () { }',
    'let : int = 3;\nfunction f(, b: int): int { return b.; }',
    'interface { x: int; }\ninterface foo extends struct { : int; y: ; }',
    'enum { A }\nclass { }\ntype = int;\nnowhere(',
  ]) {
    const errors = errorsOf(text);
    expect(errors, text).not.toEqual([]);
    for (const error of errors) expect(error, text).toMatch(/^a\.ts:\d+:\d+: syntax: \S/);
  }
});
