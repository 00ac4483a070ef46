import type { Confidence } from '../types.js';

/** What holds for every finding of a rule. */
export interface RuleNature {
  confidence: Confidence;
  /** It tells where a compiler put things: two builds of one source may differ in it. */
  aboutBuild?: true;
}

const certain: RuleNature = { confidence: 'certain' };
const follows: RuleNature = { confidence: 'follows' };
const likely: RuleNature = { confidence: 'likely' };
const aboutBuild = (nature: RuleNature): RuleNature => ({ ...nature, aboutBuild: true });

/**
 * Every rule of derivation by name. A rule that is less sure of one of its findings says so with the finding.
 */
export const RULES = {
  'nested-fault': follows,
  'outer-trap': follows,
  'outer-fault-address': follows,
  'page-directory-slot': follows,
  'kernel-map': follows,
  'fault-type': follows,
  'operand-address': certain,
  'non-canonical': follows,
  'null-pointer-field': follows,
  'null-pointer-struct': likely,
  'bad-jump': follows,
  'freed-memory': likely,
  'error-code': follows,
  syndrome: certain,
  'argument-role': follows,
  'struct-offset': follows,
  'layout-agreement': certain,
  'forwarded-arguments': likely,
  'swapped-out': follows,
  'named-address': follows,
  'whole-user-space': follows,
  'trap-frame-arguments': aboutBuild(follows),
  'trap-frame-place': aboutBuild(certain),
  'no-locals-yet': aboutBuild(follows),
  'function-start': aboutBuild(certain),
  'kernel-thread': follows,
  'register-argument': aboutBuild(likely),
  eflags: aboutBuild(certain),
  segments: follows,
  'code-segment': follows,
  processors: follows,
  'frame-size': aboutBuild(follows),
  'stack-use': aboutBuild(follows),
  origin: follows,
  recursion: likely,
} as const satisfies Record<string, RuleNature>;

export type RuleName = keyof typeof RULES;
