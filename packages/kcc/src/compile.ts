import { baseOf, extended, lowerer, resolveAll } from './again.js';
import type { Diagnostic } from './diag.js';
import type { KernelImage } from './image.js';
import { initialImage } from './init.js';
import { link } from './link.js';
import { LOWERING, type LoweredFunction, lowerFunction } from './lower.js';
import { writeModule } from './output.js';
import { addFile, type FuncSym, type Options, Program } from './program.js';
import { addQueueMacros } from './queue.js';

export interface CompileResult {
  js: string;
  map: string;
  image: KernelImage;
  /** Bytes of the scratch area of each function's frame. */
  scratch: Map<string, number>;
  /** Errors, in source order. */
  errors: Diagnostic[];
  /** Missing definitions, where options.allowUndefined lets them pass. */
  warnings: Diagnostic[];
}

/**
 * Files that are not kernel TypeScript: what `show` commands are made of, among others (db_interface.ts is
 * kernel).
 */
export const isSkipped = (path: string): boolean =>
  /(^|\/)db_(?!interface\.)[^/]*\.ts$|\.d\.ts$|\.test\.ts$/.test(path) || !path.endsWith('.ts');

/** Lowers every function, or those that `roots` lead to, in the order in which they are met. */
function lowerAll(
  p: Program,
  roots: readonly string[] | undefined,
  lower: (f: FuncSym) => LoweredFunction | null,
): LoweredFunction[] {
  for (const root of roots ?? []) {
    const sym = p.syms.get(root);
    if (sym !== undefined) p.reached.add(sym);
    else p.diags.add({ file: '', line: 0, column: 0 }, `no function ${root}`);
  }
  const lowered: LoweredFunction[] = [];
  // The set grows while it is walked.
  for (const s of roots === undefined ? p.syms.values() : p.reached) {
    if (s.kind === 'var' && s.segment === 'data') p.diags.guarded(s.sf, s.node, () => initialImage(p, s));
    if (s.kind !== 'func' || s.primitive) continue;
    const f = p.diags.guarded(s.sf, s.node, () => lower(s)) ?? null;
    if (f !== null) lowered.push(f);
  }
  return lowered;
}

interface Begun {
  /** The files as a program, its types and signatures complete */
  p: Program;
  lower(f: FuncSym): LoweredFunction | null;
}

/** All files, in order; of a kernel with additions, what is known of it already need not be done again. */
function begun(files: ReadonlyMap<string, string>, paths: readonly string[], options: Options): Begun {
  const additions = new Set([...(options.patches ?? []), ...(options.added ?? [])]);
  const isPlain = options.roots === undefined && !options.allowErrors && !options.allowUndefined;
  if (additions.size > 0 && isPlain && options.form !== 'user') {
    const own = paths.filter((path) => !additions.has(path));
    const base = baseOf(new Map(own.map((path) => [path, files.get(path) as string])));
    const p = base === undefined ? undefined : extended(base, paths, files, options);
    if (base !== undefined && p !== undefined) return { p, lower: lowerer(p, base) };
  }
  const p = new Program(options, LOWERING);
  addQueueMacros(p);
  for (const path of paths) addFile(p, path, files.get(path) as string);
  resolveAll(p);
  return { p, lower: (f) => lowerFunction(p, f) };
}

/** Compiles a kernel: source texts by path, in one flat name space. */
export function compile(files: ReadonlyMap<string, string>, options: Options = {}): CompileResult {
  const patches = options.patches ?? [];
  const paths = [...files.keys()].filter((f) => !patches.includes(f)).sort();
  const { p, lower } = begun(
    files,
    [...paths, ...patches].filter((path) => !isSkipped(path)),
    options,
  );
  const lowered = lowerAll(p, options.roots, lower);
  const linked = link(p, lowered);
  const { js, map } = writeModule(p, linked);
  const all = options.allowErrors === true ? p.diags.sorted() : p.diags.first();
  const pass = (d: Diagnostic): boolean =>
    options.allowErrors === true || (options.allowUndefined === true && d.undefinedName);
  const scratch = new Map(lowered.map((f) => [f.func.name, f.scratch]));
  return {
    js,
    map,
    image: linked.image,
    scratch,
    errors: all.filter((d) => !pass(d)),
    warnings: all.filter(pass),
  };
}

/**
 * Compiles a kernel in its two forms, which have one image between them: the frames of the checked form,
 * which has more to save, are those of the fast one.
 */
export function compileForms(
  files: ReadonlyMap<string, string>,
  options: Options,
): { fast: CompileResult; checked: CompileResult } {
  const checked = compile(files, { ...options, form: 'checked' });
  const fast = compile(files, { ...options, form: 'fast', scratch: checked.scratch });
  const text = (r: CompileResult): string => JSON.stringify([r.image.segments, r.image.sites, r.image.types]);
  if (checked.errors.length === 0 && text(fast) !== text(checked))
    throw new Error('kcc: the two forms of the kernel differ in their text');
  // Where locals lie is what the checked form says: of it alone every function can be left.
  fast.image.symbols = checked.image.symbols;
  return { fast, checked };
}
