import type { Arch, System } from '../types.js';
import { ACCESSORS } from './accessors.js';
import { apartFromText, byName, NAMES_MAX } from './by-name.js';
import { DRAGONFLY } from './dragonfly.js';
import { FREEBSD } from './freebsd.js';
import type { FunctionLists, Role } from './lists.js';
import { NETBSD } from './netbsd.js';
import { OPENBSD } from './openbsd.js';
import { PRIMITIVES } from './primitives.js';
import { SANITIZERS } from './sanitizers.js';

export type { FunctionLists, Role } from './lists.js';

/** The lists by the system whose kernels have the functions; the sanitizers' run time is every system's. */
export const FUNCTIONS: Readonly<Record<Exclude<System, 'unknown'> | 'all', FunctionLists>> = {
  FreeBSD: FREEBSD,
  DragonFly: DRAGONFLY,
  OpenBSD: OPENBSD,
  NetBSD: NETBSD,
  all: SANITIZERS,
};

const ROLES: readonly Role[] = ['panic', 'trap', 'fault', 'check', 'way'];

/*
 * One table over all systems: a backtrace is often read before its system is known, and a name means the same
 * wherever two systems have it. Where they differ in its role, the first in the order of ROLES is taken.
 */
const roles = new Map<string, Role>();
const bases = new Set<string>();
/** Patterns over names; what works on whatever it is handed comes before a system's own families. */
const families: { role: Role; pattern: RegExp }[] = [ACCESSORS, PRIMITIVES].map((pattern) => ({
  role: 'check',
  pattern,
}));
for (const role of ROLES) {
  for (const lists of Object.values(FUNCTIONS)) {
    for (const name of lists[role]) if (!roles.has(name)) roles.set(name, role);
    const pattern = lists.families?.[role];
    if (pattern !== undefined) families.push({ role, pattern });
  }
}
for (const lists of Object.values(FUNCTIONS)) for (const name of lists.base) bases.add(name);

/** The table above, and answers for names of no list: patterns are tried once a name. */
const answers = new Map<string, Role | null>(roles);

/** What a function's mere name says of the kernel that has it. */
export interface Signs {
  system?: Exclude<System, 'unknown'>;
  arch?: Arch;
}

const signs = new Map<string, Signs>();
for (const [system, lists] of Object.entries(FUNCTIONS)) {
  for (const name of lists.only ?? [])
    signs.set(name, { ...signs.get(name), system: system as Exclude<System, 'unknown'> });
  for (const [arch, names] of Object.entries(lists.arches ?? {}))
    for (const name of names) signs.set(name, { ...signs.get(name), arch: arch as Arch });
}

/** Which system's and architecture's kernels alone have a function of this name, if the lists know. */
export function signsOf(name: string): Signs | undefined {
  const known = signs.get(name);
  const isVersion = name.charCodeAt(name.length - 1) === 48 || name.charCodeAt(0) === 99;
  if (known !== undefined || !isVersion) return known;
  return VERSIONED.test(name) ? NETBSDS : undefined;
}

/** NetBSD keeps every version of a system call: `sys___mount50`, `compat_30_sys_getdents`. */
const VERSIONED = /^(?:sys___[a-z]\w*\d0|compat_\d0_sys_\w+)$/;
const NETBSDS: Signs = { system: 'NetBSD' };

/** What a function does in a backtrace, or null for one that may be an event's own. */
export function roleOf(name: string): Role | null {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const plain = plainName(name);
  const found =
    roles.get(plain) ?? families.find((each) => each.pattern.test(plain))?.role ?? underscored(plain);
  if (answers.size < NAMES_MAX) answers.set(apartFromText(name), found);
  return found;
}

/**
 * In kernels of the format a.out, each name of the source has an underscore before it; in 64-bit powerpc's of
 * the first ABI a function's code has a dot, and the name alone is that of its descriptor.
 */
const UNDERSCORED = /^[_.](?=[A-Za-z_])/;

function underscored(name: string): Role | null {
  return UNDERSCORED.test(name) ? roleOf(name.slice(1)) : null;
}

/** What compilers append to the names of copies and parts of a function. */
const APPENDED = /(?:\.(?:isra|part|cold|constprop|llvm|lto_priv|localalias|resolver)(?:\.\d+)*|\.\d+)+$/;

/** A function's name as the source has it: without `.isra.0`, `.cold`, `.llvm.123` and the like. */
export function plainName(name: string): string {
  return name.includes('.') ? name.replace(APPENDED, '') : name;
}

/** Whether a kernel stack begins in this function. */
export function isStackBase(name: string): boolean {
  const plain = plainName(name);
  return bases.has(plain) || (UNDERSCORED.test(plain) && bases.has(plain.slice(1)));
}

export function isPanicHelper(name: string): boolean {
  return roleOf(name) === 'panic';
}

export function isTrapHelper(name: string): boolean {
  return roleOf(name) === 'trap';
}

export function isFaultHandler(name: string): boolean {
  return roleOf(name) === 'fault';
}

/** Assertions, locks, allocators, copies. */
export function isCheck(name: string): boolean {
  return roleOf(name) === 'check';
}

/** Whether a function tells nothing of the cause of a panic. */
export function isHelper(name: string): boolean {
  const role = roleOf(name);
  return role === 'panic' || role === 'trap' || role === 'check';
}

/** Whether a function is a way in (system call, interrupt, thread start) and its dispatcher. */
export function isWayIn(name: string): boolean {
  return roleOf(name) === 'way';
}

/** The debugger's own entries: a stop in one of them says nothing of what happened. */
const DEBUGGER_ENTRY =
  /^(?:kdb_\w+|db_enter|Debugger|cpu_Debugger|breakpoint\w*|x86_ipi_db|savectx\w*|kdbint|ipi_stop\w*|cpustop_handler|nmi_call_kdb\w*|vpanic|panic|doadump|dumpsys)$/;

/** Where a CPU stands that another one has told to stop, and what is only the symbol before such a place. */
const STOPPED = /^(?:x86_ipi_db|savectx\w*|ipi_stop\w*|cpustop_handler|nmi_call_kdb\w*)$/;

/** Whether a CPU that stands here was told to stop: nothing that is shown of it is what happened. */
export const isToldToStop = byName((name) => STOPPED.test(plainName(name).replace(UNDERSCORED, '')));

/** The functions whose breakpoint takes a kernel into its debugger. */
const BREAK = /^(?:kdb_enter\w*|db_enter|breakpoint\w*|(?:cpu_)?Debugger)$/;

/** Whether a function enters the debugger by a trap that it makes itself. */
export const isBreak = byName((name) => BREAK.test(plainName(name).replace(UNDERSCORED, '')));

/** Whether a debugger that stops here was entered on purpose. */
export const isDebuggerEntry = byName((name) =>
  DEBUGGER_ENTRY.test(plainName(name).replace(UNDERSCORED, '')),
);
