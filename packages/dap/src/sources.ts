import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  type Execution,
  type KnownProgram,
  placesByLine,
  type SourceFile,
  sourceFiles,
  type Target,
} from '@trap12/target';
import { RequestError } from './debuggee.js';

/** An address where the machine can be made to stand: of a program, or of the kernel. */
export interface Place {
  readonly address: number;
  readonly program?: KnownProgram | undefined;
}

/** A line of a file, and where the machine can stand in it. */
export interface LinePlaces {
  line: number;
  places: readonly Place[];
}

/**
 * The source files of the kernel and of programs, as the client knows them: by a path, or, the kernel's, by a
 * number where they are not on this computer.
 */
export class Sources {
  private readonly lines = new Map<string, Map<number, Place[]>>();
  private readonly root: string;
  private readonly symbols: Target['symbols'];

  constructor(
    private readonly target: Target,
    private readonly execution: Execution,
    root: string,
  ) {
    this.symbols = target.symbols;
    this.root = resolve(root);
  }

  /** What a client is told of a file. */
  describe({ name, file, program }: SourceFile): DebugProtocol.Source {
    return program === undefined ? this.ofKernel(file) : this.ofProgram(name);
  }

  /** The same of one of the kernel's, by its index in the image. */
  ofKernel(file: number): DebugProtocol.Source {
    const name = this.symbols.image.files[file]!;
    const path = join(this.root, name);
    if (existsSync(path)) return { name, path };
    return { name, sourceReference: file + 1, presentationHint: 'deemphasize', origin: 'the listing' };
  }

  /** The file of a name as the image has them. */
  byName(name: string): DebugProtocol.Source {
    return this.ofKernel(this.symbols.image.files.indexOf(name));
  }

  /**
   * A file of a program's, which the images of the tree's programs name from the folder of all packages,
   * those of a user's own as they were given.
   */
  ofProgram(name: string): DebugProtocol.Source {
    const path = [resolve(name), join(this.root, '..', '..', name)].find((each) => existsSync(each));
    return path === undefined ? { name, presentationHint: 'deemphasize' } : { name, path };
  }

  /** The file that a client means: in the kernel, or in each program that has it. */
  find(
    path: string | undefined,
    reference: number | undefined,
  ): { files: readonly SourceFile[] } | { problem: string } {
    const { symbols, target } = this;
    const none = { problem: 'neither the kernel nor a program has such a file' };
    if (reference !== undefined && reference > 0) {
      const name = symbols.image.files[reference - 1];
      if (name === undefined) return none;
      return { files: [{ name, symbols, file: reference - 1, program: undefined }] };
    }
    if (path === undefined) return none;
    const paths = existsSync(path) ? [realpathSync(path), path] : [path];
    const files = paths.map((each) => sourceFiles(target, each)).find((each) => each.length > 0);
    if (files === undefined) return none;
    const names = new Set(files.map(({ name }) => name));
    return names.size === 1 ? { files } : { problem: `which of ${[...names].join(', ')}` };
  }

  /** The line, or the next one below it, where the machine can stand. */
  places(files: readonly SourceFile[], line: number): LinePlaces | undefined {
    const found = [...this.byLine(files)].find(([at]) => at >= line);
    return found && { line: found[0], places: found[1] };
  }

  /** Lines where the machine can stand, from one to another. */
  linesBetween(files: readonly SourceFile[], from: number, to: number): number[] {
    return [...this.byLine(files).keys()].filter((line) => line >= from && line <= to);
  }

  private byLine(files: readonly SourceFile[]): ReadonlyMap<number, Place[]> {
    const { name } = files[0]!;
    let known = this.lines.get(name);
    if (known === undefined) {
      const all = new Map<number, Place[]>();
      for (const file of files)
        for (const [line, addresses] of placesByLine(file, this.execution)) {
          const { program } = file;
          all.set(line, [...(all.get(line) ?? []), ...addresses.map((address) => ({ address, program }))]);
        }
      known = new Map([...all].sort(([a], [b]) => a - b));
      this.lines.set(name, known);
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
