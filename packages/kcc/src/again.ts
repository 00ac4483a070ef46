/**
 * A kernel that is compiled with additions, patches or a scenario's, over and over in one process: what is
 * known of its own files is kept. Declarations and types are those of the files; a function is lowered again
 * only if it looks up a name that means something else now. The result is to the byte that of compiling all
 * of it (test/again.test.ts).
 */
import { constOf } from './consts.js';
import { type LoweredFunction, LOWERING, lowerFunction } from './lower.js';
import { addFile, type Form, type FuncSym, type Options, Program, type Sym, type Uses } from './program.js';
import { addQueueMacros } from './queue.js';
import { layout, resolveSignature, resolveVariable } from './resolve.js';

interface Kept {
  lowered: LoweredFunction;
  uses: Uses;
  /** What the options said of its scratch area */
  scratch: number | undefined;
}

/** The files that additions come to, as a program of their own. */
export interface Base {
  files: ReadonlyMap<string, string>;
  program: Program;
  symbols: ReadonlyMap<string, readonly Sym[]>;
  kept: Record<Form, Map<FuncSym, Kept>>;
}

let last: Base | undefined;

const isSame = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);

/** Symbols by the file that declares them, each file's in its order. */
function byFile(p: Program): Map<string, Sym[]> {
  const found = new Map<string, Sym[]>(p.files.map((sf) => [sf.fileName, []]));
  for (const sym of p.syms.values()) found.get(sym.sf.fileName)?.push(sym);
  return found;
}

/** Completes what has been declared since `known`. */
export function resolveAll(p: Program, known?: Program): void {
  const { diags } = p;
  for (const s of p.structs.values()) {
    if (s.sf === null || s.decl === null) layout(p, s);
    else diags.guarded(s.sf, s.decl, () => layout(p, s));
  }
  const fresh = [...p.syms].filter(([name, s]) => known?.syms.get(name) !== s).map(([, s]) => s);
  for (const s of fresh) {
    if (s.kind === 'func') diags.guarded(s.sf, s.node, () => resolveSignature(p, s));
    else if (s.kind === 'var') diags.guarded(s.sf, s.node, () => resolveVariable(p, s));
  }
  for (const s of fresh) if (s.kind === 'const') diags.guarded(s.sf, s.node, () => constOf(p, s));
}

/** The base of files, in order of their paths; undefined if there are errors in them. */
export function baseOf(files: ReadonlyMap<string, string>): Base | undefined {
  if (last !== undefined && isSame(last.files, files)) return last;
  const program = new Program({}, LOWERING);
  addQueueMacros(program);
  for (const [path, text] of files) addFile(program, path, text);
  resolveAll(program);
  if (program.diags.sorted().length > 0) return undefined;
  const kept = { fast: new Map(), checked: new Map(), user: new Map() };
  last = { files, program, symbols: byFile(program), kept };
  return last;
}

/**
 * The base with more files, at the places that the order of all paths gives them; undefined where names are
 * declared twice.
 */
export function extended(
  base: Base,
  paths: readonly string[],
  files: ReadonlyMap<string, string>,
  options: Options,
): Program | undefined {
  const p = new Program(options, LOWERING);
  const { program } = base;
  for (const table of ['macros', 'structs', 'aliases', 'generics', 'strings'] as const)
    for (const [name, value] of program[table]) (p[table] as Map<string, unknown>).set(name, value);
  p.indivisible.push(...program.indivisible);
  const own = new Map(program.files.map((sf) => [sf.fileName, sf]));
  for (const path of paths) {
    const sf = own.get(path);
    if (sf === undefined) {
      addFile(p, path, files.get(path) as string);
      continue;
    }
    p.files.push(sf);
    for (const sym of base.symbols.get(path) ?? []) {
      if (p.syms.has(sym.name)) return undefined;
      p.syms.set(sym.name, sym);
    }
  }
  resolveAll(p, program);
  return p;
}

/** Lowers functions; one of the base is as it was lowered before where nothing that it names has changed. */
export function lowerer(p: Program, base: Base): (f: FuncSym) => LoweredFunction | null {
  const { syms } = base.program;
  const kept = base.kept[p.options.form ?? 'fast'];
  const changed = [...p.syms].filter(([name, s]) => syms.get(name) !== s).map(([name]) => name);
  const touched = (names: ReadonlySet<string>): boolean => changed.some((name) => names.has(name));
  return (f) => {
    const known = kept.get(f);
    const scratch = p.options.scratch?.get(f.name);
    if (known !== undefined && known.scratch === scratch && !touched(known.uses.names)) {
      p.use(known.uses);
      return known.lowered;
    }
    const before = p.diags.sorted().length;
    const { value: lowered, uses } = p.watched(() => lowerFunction(p, f));
    const isOwn = syms.get(f.name) === f && !touched(uses.names);
    if (lowered !== null && isOwn && p.diags.sorted().length === before)
      kept.set(f, { lowered, uses, scratch });
    return lowered;
  };
}
