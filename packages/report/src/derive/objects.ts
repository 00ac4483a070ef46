import { hexDiff, hexNumber, hexOf } from '../scan.js';
import type { Frame, Hex, Span } from '../types.js';
import type { Context } from './context.js';
import { parameters, roleOf } from './prototypes.js';

export interface Named {
  value: Hex;
  role: string;
  uses: { frame: Frame; param: string }[];
}

/** Structures that are known to hold one another: the outer one, its part, and the parts' usual order. */
const CONTAINERS: readonly [outer: string, first: string, second: string][] = [
  ['vmspace', 'vm_map', 'pmap'],
  ['vmspace', 'vmspace', 'pmap'],
  ['vmspace', 'vmspace', 'vm_map'],
];

/** A pointer is `0x` and five digits at least; smaller numbers are none. */
const POINTER_LENGTH = 7;

/** Every argument that names an object, one entry an object. */
function namedObjects(c: Context): Named[] {
  c.objects ??= findObjects(c);
  return c.objects;
}

function findObjects(c: Context): Named[] {
  const out: Named[] = [];
  for (const frame of c.report.frames.slice(0, 64)) {
    const names = frame.argNames ?? parameters(frame.function);
    names.forEach((param, i) => {
      const value = frame.args[i];
      const role = roleOf(param);
      if (role === null || value === undefined || value.length < POINTER_LENGTH) return;
      const old = out.find((each) => each.value === value && each.role === role);
      if (old === undefined) out.push({ value, role, uses: [{ frame, param }] });
      else old.uses.push({ frame, param });
    });
  }
  return out;
}

/** Which argument is which object, and the same object in several frames. */
export function argumentRoles(c: Context): void {
  for (const object of namedObjects(c)) {
    const where = object.uses.map((use) => use.frame.function);
    c.claim(
      'argument-role',
      `the ${object.role} at ${object.value} is ${object.uses[0]!.param} of ${where.join(', ')}`,
      where.length > 1
        ? 'parameters of one kind hold the same value'
        : `it is argument ${indexOf(object.uses[0]!)} of the function`,
      { address: object.value, role: object.role },
      object.uses.map((use) => use.frame.span),
    );
  }
}

function indexOf(use: { frame: Frame; param: string }): number {
  return (use.frame.argNames ?? parameters(use.frame.function)).indexOf(use.param) + 1;
}

/** Two objects close together lie in one structure; the distance is an offset in it. */
export function structOffsets(c: Context): void {
  const objects = namedObjects(c);
  for (const [outer, first, second] of CONTAINERS) {
    for (const a of objects) {
      for (const b of objects) {
        if (a.role !== first || b.role !== second) continue;
        const offset = hexDiff(b.value, a.value);
        if (offset <= 0 || offset >= 0x1000) continue;
        c.claim(
          'struct-offset',
          `${second} lies 0x${offset.toString(16)} bytes after ${first}: both are parts of one ${outer}, at ${a.value}`,
          `${b.value} - ${a.value} = 0x${offset.toString(16)}; in struct ${outer} the ${first} comes first and the ${second} follows`,
          { struct: outer, offset, base: a.value },
          [a.uses[0]!.frame.span, b.uses[0]!.frame.span],
        );
        layoutCheck(c, outer, second, offset, [a.uses[0]!.frame.span, b.uses[0]!.frame.span]);
      }
    }
  }
}

/** The same offset in the layouts that were handed in. */
function layoutCheck(c: Context, outer: string, part: string, offset: number, evidence: Span[]): void {
  const fields = c.options.layouts?.structs[outer]?.fields;
  if (fields === undefined) return;
  const found = Object.entries(fields).find(
    ([name, field]) => name === part || name.endsWith(`_${part}`) || field.type.includes(part),
  );
  if (found === undefined) return;
  const ours = found[1].offset;
  const same = ours === offset;
  c.claim(
    'layout-agreement',
    `${outer}.${found[0]} is at ${hexOf(ours)} in the layouts "${c.options.layouts!.version}", ${same ? 'as in the report' : `not at ${hexOf(offset)} as in the report`}`,
    'the distance of two arguments against the layout table',
    { ours, theirs: offset },
    evidence,
  );
}

/** A function that hands its arguments on unchanged. */
export function forwarded(c: Context): void {
  const { frames } = c.report;
  for (let i = 0; i + 1 < frames.length && i < 64; i++) {
    const inner = frames[i]!;
    const outer = frames[i + 1]!;
    if (inner.args.length < 3 || inner.args.length !== outer.args.length) continue;
    if (inner.args.some((arg, k) => arg !== outer.args[k])) continue;
    if (!outer.function.startsWith(inner.function.slice(0, 4)) || inner.function === outer.function) continue;
    c.claim(
      'forwarded-arguments',
      `${outer.function} is a wrapper: it calls ${inner.function} with its own arguments`,
      `both lines show (${inner.args.join(', ')})`,
      { wrapper: outer.function, inner: inner.function },
      [inner.span, outer.span],
    );
  }
}

/** Registers that still hold an argument of the innermost function. */
export function registerArguments(c: Context): void {
  const top = c.report.frames[0];
  if (top === undefined || c.report.stoppedAt?.function !== top.function) return;
  const names = parameters(top.function);
  names.forEach((param, i) => {
    const value = top.args[i];
    if (value === undefined || hexNumber(value) < 0x10000) return;
    for (const register of c.report.registers) {
      if (register.value !== value || ['esp', 'ebp', 'rsp', 'rbp'].includes(register.name)) continue;
      c.claim(
        'register-argument',
        `${register.name} holds ${param} of ${top.function}, ${value}`,
        'the register and the argument on the stack agree',
        { register: register.name, parameter: param, value },
        [register.span, top.span],
      );
    }
  });
}
