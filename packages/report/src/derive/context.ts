import type {
  Boundary,
  Check,
  Confidence,
  Derivation,
  Frame,
  Hex,
  ParseOptions,
  Register,
  Report,
  Span,
} from '../types.js';
import { roleOf, signsOf } from '../functions/index.js';
import type { Named } from './objects.js';
import { parameter } from './prototypes.js';
import { RULES, type RuleName, type RuleNature } from './rules.js';

/** The first in the list that has one of the names. */
function firstOf<T>(
  list: readonly T[],
  at: ReadonlyMap<string, number>,
  names: readonly string[],
): T | undefined {
  let first = list.length;
  for (let i = 0; i < names.length; i++) first = Math.min(first, at.get(names[i]!) ?? list.length);
  return list[first];
}

/** What the rules work on, and where they put what they find. */
export class Context {
  constructor(
    readonly report: Report,
    readonly options: ParseOptions,
    /** The text is of the kernel whose rules are known. */
    readonly ours: boolean,
    /** The text says that it was typed by hand: digits and letters of it can be wrong. */
    readonly typed = false,
  ) {
    report.registers.forEach((each, i) => {
      if (!this.registerAt.has(each.name)) this.registerAt.set(each.name, i);
    });
    report.frames.forEach((each, i) => {
      if (!this.frameAt.has(each.function)) this.frameAt.set(each.function, i);
    });
  }

  /** Where each register and each function first stands. */
  private readonly registerAt = new Map<string, number>();
  private readonly frameAt = new Map<string, number>();
  /** The arguments that name objects, once a rule has asked for them. */
  objects: Named[] | undefined = undefined;

  /** @param confidence where it is not what the rule has as a whole */
  claim(
    rule: RuleName,
    claim: string,
    because: string,
    values: Record<string, string | number>,
    evidence: (Span | undefined)[],
    confidence?: Confidence,
  ): void {
    const nature: RuleNature = RULES[rule];
    const told = confidence ?? nature.confidence;
    // Arithmetic is as sure as its numbers.
    const sure = this.typed && told === 'certain' ? 'likely' : told;
    const found: Derivation = {
      rule,
      claim,
      because,
      values,
      // What follows by a rule of one system is likely where another may have other rules.
      confidence: sure === 'follows' && !this.ours ? 'likely' : sure,
      evidence: evidence.filter((s) => s !== undefined),
    };
    if (nature.aboutBuild) found.aboutBuild = true;
    this.report.derived.push(found);
  }

  /**
   * Whether a function's name may be mistyped: in a text that was typed by hand, one that no list has, and
   * that the lines of the backtrace do not give twice.
   */
  isUnsureName(name: string): boolean {
    if (!this.typed) return false;
    const twice = /^(?:ddb|openbsd|netbsd)$/.test(this.report.traceStyle ?? '');
    return !twice && roleOf(name) === null && signsOf(name) === undefined;
  }

  /** Holds two facts against each other; a failed check is also a contradiction in the text. */
  check(name: string, ok: boolean, detail: string, evidence: (Span | undefined)[]): void {
    const spans = evidence.filter((s) => s !== undefined);
    const found: Check = { name, ok, detail, evidence: spans };
    this.report.checks.push(found);
    if (ok) return;
    const damage = { kind: 'contradictory' as const, what: name, reason: detail };
    this.report.damage.push(spans.length === 0 ? damage : { ...damage, span: spans[0]! });
  }

  register(...names: string[]): Register | undefined {
    return firstOf(this.report.registers, this.registerAt, names);
  }

  frame(...names: string[]): Frame | undefined {
    return firstOf(this.report.frames, this.frameAt, names);
  }

  /** The first boundary past which kernel frames follow: the interrupted kernel code. */
  get kernelBoundary(): Boundary | undefined {
    return this.report.boundaries.find(
      (each) => each.what === 'trap' && each.ip !== undefined && each.after + 1 < this.report.frames.length,
    );
  }

  /** An argument of a frame by the name of its parameter. */
  argument(frame: Frame | undefined, name: string): Hex | undefined {
    if (frame === undefined) return undefined;
    const at = frame.argNames?.indexOf(name) ?? parameter(frame.function, name);
    const value = at < 0 ? undefined : frame.args[at];
    return value === undefined || value === '?' ? undefined : value;
  }
}

export type Rule = (c: Context) => void;
