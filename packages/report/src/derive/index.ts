import type { ParseOptions, Report } from '../types.js';
import { deactivateAll, faultType, kernelMap, namedAddresses, pageDirectorySlot } from './addresses.js';
import { Context, type Rule } from './context.js';
import { functionStarts, threadBody } from './functions.js';
import {
  blockAgainstRegisters,
  eflags,
  errorCode,
  origin,
  segments,
  stack,
  syndrome,
  trapName,
} from './machine-state.js';
import { argumentRoles, forwarded, registerArguments, structOffsets } from './objects.js';
import { badJump, faultingOperand, nullField, nullStruct, poison } from './operands.js';
import { isOurKernel } from './our-kernel.js';
import { processors } from './processors.js';
import { recursion } from './recursion.js';
import { checkedAccess } from './sanitizer.js';
import { nestedFault, outerFault, trapArguments, trapFramePlace, trapNumbers } from './trap-frame.js';

/** What a rule may be applied to: any text, or only the kernel whose prototypes and layouts are known. */
type Scope = 'any' | 'our-kernel';

/** Every rule, in the order in which a reader wants to see what it finds. */
const ORDER: readonly (readonly [rule: Rule, scope: Scope])[] = [
  [nestedFault, 'any'],
  [outerFault, 'our-kernel'],
  [trapNumbers, 'any'],
  [pageDirectorySlot, 'our-kernel'],
  [kernelMap, 'our-kernel'],
  [faultType, 'our-kernel'],
  [badJump, 'any'],
  [faultingOperand, 'any'],
  [nullField, 'any'],
  [nullStruct, 'our-kernel'],
  [poison, 'any'],
  [syndrome, 'any'],
  [errorCode, 'any'],
  [argumentRoles, 'our-kernel'],
  [structOffsets, 'our-kernel'],
  [forwarded, 'our-kernel'],
  [deactivateAll, 'our-kernel'],
  [namedAddresses, 'our-kernel'],
  [trapArguments, 'our-kernel'],
  [trapFramePlace, 'our-kernel'],
  [functionStarts, 'any'],
  [threadBody, 'our-kernel'],
  [registerArguments, 'our-kernel'],
  [eflags, 'any'],
  [segments, 'any'],
  [blockAgainstRegisters, 'any'],
  [trapName, 'any'],
  [checkedAccess, 'any'],
  [processors, 'any'],
  [stack, 'any'],
  [origin, 'any'],
  [recursion, 'any'],
];

const OF_OURS: readonly Rule[] = ORDER.map(([rule]) => rule);
const OF_ANY: readonly Rule[] = ORDER.flatMap(([rule, scope]) => (scope === 'any' ? [rule] : []));

/**
 * Rules that hold whatever code was running. In virtual-8086 mode the pointers are offsets into segments of
 * the BIOS, and say nothing of the kernel's addresses.
 */
const OF_ANY_CODE: ReadonlySet<Rule> = new Set([errorCode, eflags, trapName, processors]);

/**
 * Adds to the report what follows from its facts, and the checks of its facts against each other.
 *
 * @param typed the text says that it was typed by hand
 */
export function derive(report: Report, options: ParseOptions, typed = false): void {
  const ours = isOurKernel(report);
  const context = new Context(report, options, ours, typed);
  const vm86 = report.trap?.mode?.value === 'vm86';
  const rules = ours ? OF_OURS : OF_ANY;
  for (let i = 0; i < rules.length; i++) if (!vm86 || OF_ANY_CODE.has(rules[i]!)) rules[i]!(context);
}
