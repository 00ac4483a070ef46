import type ts from 'typescript';
import { innermost, isOverflow, TOO_DEEP } from './deep.js';

export interface Position {
  file: string;
  line: number;
  column: number;
}

export interface Diagnostic extends Position {
  message: string;
  /** A missing definition, which --allow-undefined turns into a warning. */
  undefinedName: boolean;
  /** The file does not parse here. */
  syntax?: true;
}

export function positionOf(sf: ts.SourceFile, node: ts.Node): Position {
  const at = sf.getLineAndCharacterOfPosition(node.getStart(sf));
  return { file: sf.fileName, line: at.line + 1, column: at.character + 1 };
}

export const format = (d: Diagnostic): string => `${d.file}:${d.line}:${d.column}: ${d.message}`;

/** Collects the errors of one run, each once, and hands them out in source order. */
export class Diagnostics {
  private readonly found = new Map<string, Diagnostic>();

  add(at: Position, message: string, undefinedName = false): void {
    const d: Diagnostic = { ...at, message, undefinedName };
    if (!undefinedName) this.hardCount++;
    this.found.set(format(d), d);
  }

  /** What the parser says of a file. */
  syntax(at: Position, message: string): void {
    this.hardCount++;
    const d: Diagnostic = { ...at, message: `syntax: ${message}`, undefinedName: false, syntax: true };
    this.found.set(format(d), d);
  }

  /** It does not go into the host's stack: nothing else that is said of it means anything. */
  tooDeep(at: Position): void {
    this.hardCount++;
    const d: Diagnostic = { ...at, message: TOO_DEEP, undefinedName: false, syntax: true };
    this.found.set(format(d), d);
  }

  /** Does what calls itself for all that is inside of a node; of one that is nested too deeply, says so. */
  guarded<T>(sf: ts.SourceFile, node: ts.Node, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!isOverflow(error)) throw error;
      this.tooDeep(positionOf(sf, innermost(node)));
      return undefined;
    }
  }

  error(sf: ts.SourceFile, node: ts.Node, message: string): void {
    this.add(positionOf(sf, node), message);
  }

  /**
   * What there is to mend first, in source order: where something does not parse, that alone. The parser puts
   * names without a letter where it has found none, of which everything else would complain.
   */
  first(): Diagnostic[] {
    const all = this.sorted();
    const broken = all.filter((d) => d.syntax === true);
    return broken.length > 0 ? broken : all;
  }

  /** How often an error other than a missing definition was met (the same one perhaps more than once). */
  hardCount = 0;

  sorted(): Diagnostic[] {
    return [...this.found.values()].sort(
      (a, b) =>
        (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
        a.line - b.line ||
        a.column - b.column ||
        (a.message < b.message ? -1 : 1),
    );
  }
}

/** A call with the wrong number of arguments. @param least more than `wanted` are taken, too */
export const wrongCount = (what: string, wanted: number, given: number, least = false): string =>
  `${what} takes ${least ? 'at least ' : ''}${wanted} argument${wanted === 1 ? '' : 's'}, not ${given}`;
