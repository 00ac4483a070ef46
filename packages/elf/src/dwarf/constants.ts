/** Numbers of DWARF 4 (DWARF Debugging Information Format, version 4, chapter 7). */
export const TAG = {
  array: 0x01,
  formalParameter: 0x05,
  lexicalBlock: 0x0b,
  member: 0x0d,
  pointer: 0x0f,
  compileUnit: 0x11,
  struct: 0x13,
  subroutineType: 0x15,
  typedef: 0x16,
  unspecifiedParameters: 0x18,
  subrange: 0x21,
  baseType: 0x24,
  subprogram: 0x2e,
  variable: 0x34,
  procedure: 0x36,
} as const;

export const AT = {
  location: 0x02,
  name: 0x03,
  byteSize: 0x0b,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  language: 0x13,
  compDir: 0x1b,
  constValue: 0x1c,
  producer: 0x25,
  prototyped: 0x27,
  count: 0x37,
  memberLocation: 0x38,
  declFile: 0x3a,
  declLine: 0x3b,
  encoding: 0x3e,
  external: 0x3f,
  frameBase: 0x40,
  type: 0x49,
} as const;

export const FORM = {
  address: 0x01,
  string: 0x0e,
  unsigned: 0x0f,
  signed: 0x0d,
  word: 0x06,
  reference: 0x13,
  offset: 0x17,
  expression: 0x18,
  present: 0x19,
} as const;

export const ENCODING = { boolean: 2, signed: 5, signedChar: 6, unsigned: 7, unsignedChar: 8 } as const;

/** C of 1999: what expressions in a debugger are to be read as. */
export const LANGUAGE_C99 = 0x0c;

export const OP = {
  address: 0x03,
  deref: 0x06,
  constant: 0x10,
  dup: 0x12,
  drop: 0x13,
  over: 0x14,
  pick: 0x15,
  swap: 0x16,
  and: 0x1a,
  minus: 0x1c,
  multiply: 0x1e,
  or: 0x21,
  plus: 0x22,
  plusConstant: 0x23,
  shiftRight: 0x25,
  branch: 0x28,
  less: 0x2d,
  skip: 0x2f,
  literal: 0x30,
  register: 0x70,
  frameBase: 0x91,
  piece: 0x93,
  nop: 0x96,
  call: 0x99,
  frameEnd: 0x9c,
  stackValue: 0x9f,
} as const;

export const CFA = {
  advance: 0x40,
  advanceWord: 0x04,
  offset: 0x80,
  undefined: 0x07,
  define: 0x0c,
  defineRegister: 0x0d,
  defineOffset: 0x0e,
  defineExpression: 0x0f,
  expression: 0x10,
} as const;

/** i386 registers as DWARF numbers them (System V ABI, Intel386 supplement). */
export const REGISTER = {
  eax: 0,
  ecx: 1,
  edx: 2,
  ebx: 3,
  esp: 4,
  ebp: 5,
  esi: 6,
  edi: 7,
  eip: 8,
  eflags: 9,
} as const;
