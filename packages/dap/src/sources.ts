import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Execution, filesNamed, placesByLine, type SymbolTable } from '@trap12/target';
import { RequestError } from './debuggee.js';

/** A line of a file of the kernel's, and where the machine can stand in it. */
export interface LinePlaces {
  line: number;
  addresses: readonly number[];
}

/**
 * The kernel's source files, as the client knows them: by a path, or by a number where they are not on this
 * computer.
 */
export class Sources {
  private readonly lines = new Map<number, Map<number, number[]>>();
  private readonly root: string;

  constructor(
    private readonly symbols: SymbolTable,
    private readonly execution: Execution,
    root: string,
  ) {
    this.root = resolve(root);
  }

  /** What a client is told of a file, by its index in the image. */
  describe(file: number): DebugProtocol.Source {
    const name = this.symbols.image.files[file]!;
    const path = join(this.root, name);
    if (existsSync(path)) return { name, path };
    return { name, sourceReference: file + 1, presentationHint: 'deemphasize', origin: 'the listing' };
  }

  /** The file of a name as the image has them. */
  byName(name: string): DebugProtocol.Source {
    return this.describe(this.symbols.image.files.indexOf(name));
  }

  /** A file of a program's, which the images of programs name from the folder of all packages. */
  ofProgram(name: string): DebugProtocol.Source {
    const path = join(this.root, '..', '..', name);
    return existsSync(path) ? { name, path } : { name, presentationHint: 'deemphasize' };
  }

  /** The file that a client means. */
  find(path: string | undefined, reference: number | undefined): number | undefined {
    if (reference !== undefined && reference > 0)
      return reference <= this.symbols.image.files.length ? reference - 1 : undefined;
    if (path === undefined) return undefined;
    const found = filesNamed(this.symbols, existsSync(path) ? realpathSync(path) : path);
    return found.length === 1 ? found[0] : undefined;
  }

  /** The line, or the next one below it, where the machine can stand. */
  places(file: number, line: number): LinePlaces | undefined {
    for (const [at, addresses] of this.byLine(file)) if (at >= line) return { line: at, addresses };
    return undefined;
  }

  /** Lines where the machine can stand, from one to another. */
  linesBetween(file: number, from: number, to: number): number[] {
    return [...this.byLine(file).keys()].filter((line) => line >= from && line <= to);
  }

  private byLine(file: number): Map<number, number[]> {
    let known = this.lines.get(file);
    if (known === undefined) {
      known = placesByLine(this.symbols, this.execution, file);
      this.lines.set(file, known);
    }
    return known;
  }

  /** What is known of a file that is not here: the instructions that came of each line. */
  listing(reference: number): string {
    const { image } = this.symbols;
    const file = reference - 1;
    const name = image.files[file];
    if (name === undefined) throw new RequestError(`source: no source ${reference}`);
    const lines: string[] = [];
    for (const [, , itsFile, line, , , , , , text] of image.sites) {
      if (itsFile !== file) continue;
      while (lines.length < line) lines.push('');
      const instruction = image.strings[text]!.trim();
      lines[line - 1] += lines[line - 1] === '' ? instruction : `; ${instruction}`;
    }
    if (lines[0] === '') lines[0] = `// ${name} is not on this computer: what came of each of its lines`;
    return `${lines.join('\n')}\n`;
  }
}
