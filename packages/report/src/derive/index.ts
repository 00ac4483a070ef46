import type { ParseOptions, Report } from '../types.js';
import { deactivateAll, faultType, kernelMap, namedAddresses, pageDirectorySlot } from './addresses.js';
import { Context, type Rule } from './context.js';
import { functionStarts } from './functions.js';
import {
  blockAgainstRegisters,
  eflags,
  errorCode,
  origin,
  segments,
  stack,
  trapName,
} from './machine-state.js';
import { argumentRoles, forwarded, registerArguments, structOffsets } from './objects.js';
import { faultingOperand, nullField, poison } from './operands.js';
import { processors } from './processors.js';
import { nestedFault, trapArguments, trapFramePlace, trapNumbers } from './trap-frame.js';

/** Every rule, in the order in which a reader wants to see what it finds. */
const RULES: readonly Rule[] = [
  nestedFault,
  trapNumbers,
  pageDirectorySlot,
  kernelMap,
  faultType,
  faultingOperand,
  nullField,
  poison,
  errorCode,
  argumentRoles,
  structOffsets,
  forwarded,
  deactivateAll,
  namedAddresses,
  trapArguments,
  trapFramePlace,
  functionStarts,
  registerArguments,
  eflags,
  segments,
  blockAgainstRegisters,
  trapName,
  processors,
  stack,
  origin,
];

/** Adds to the report what follows from its facts, and the checks of its facts against each other. */
export function derive(report: Report, options: ParseOptions): void {
  const context = new Context(report, options);
  for (const rule of RULES) rule(context);
}
