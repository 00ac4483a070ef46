import type { Builder } from '../builder.js';
import { noteSaved } from './stack-from-trap.js';
import type { Register } from '../types.js';

/*
 * gdb on FreeBSD's i386 kernels until 2006, where trap() took its frame by value: `trap (frame={tf_fs = 8,
 * tf_es = 16, .., tf_eip = -1071234567, tf_cs = 32, ..}) at trap.c:345`. The numbers are signed and decimal.
 */

const FIELD = /\btf_([a-z]{2,6}) = (-?\d{1,10}|0x[0-9a-f]{1,8})(?=[,}\s]|$)/g;
/** Fields that are registers, by their names elsewhere. */
const REGISTERS: Record<string, string> = {
  fs: 'fs',
  es: 'es',
  ds: 'ds',
  edi: 'edi',
  esi: 'esi',
  ebp: 'ebp',
  ebx: 'ebx',
  edx: 'edx',
  ecx: 'ecx',
  eax: 'eax',
  eip: 'eip',
  cs: 'cs',
  eflags: 'eflags',
  esp: 'esp',
  ss: 'ss',
};
/** Pushed by a trap from user mode alone: on one from the kernel what stands there is older. */
const FROM_USER = new Set(['esp', 'ss']);
const BREAKPOINT = 3;

/** The ring that a code selector gives. */
function ringOf(selector: number): number {
  return selector & 3;
}

/**
 * Reads the registers in the argument of trap(); those of the breakpoint by which a panic enters the debugger
 * are none of the event's.
 *
 * @param s the line, and `from` and `to` the argument in it
 */
export function readTrapFrame(b: Builder, s: string, from: number, to: number, form: string): void {
  const found = new Map<string, { value: number; at: number; end: number }>();
  for (const m of s.slice(from, to).matchAll(FIELD)) {
    const value = Number(m[2]) >>> 0;
    if (Math.abs(Number(m[2])) > 0xffff_ffff || found.has(m[1]!)) return;
    found.set(m[1]!, { value, at: from + m.index, end: from + m.index + m[0].length });
  }
  const [cs, trapno] = [found.get('cs'), found.get('trapno')];
  if (cs === undefined || trapno === undefined || !found.has('eip')) return;
  const number = b.current?.trap?.number?.value;
  if (trapno.value === BREAKPOINT || (number !== undefined && number !== trapno.value)) return;
  if ((b.current?.registers.length ?? 0) > 0) return;
  for (const [field, { value, at, end }] of found) {
    const name = REGISTERS[field];
    if (name === undefined || (FROM_USER.has(field) && ringOf(cs.value) === 0)) continue;
    const register: Register = { name, value: `0x${value.toString(16)}`, span: b.span(at, end) };
    b.register(register, form);
    if (name === 'eip' && ringOf(cs.value) === 0) noteSaved(b.current, register.value);
  }
}
