import type ts from 'typescript';
import { isSkipped } from './compile.js';
import { parseSource } from './deep.js';
import tsc from './ts.js';

/** Where the exported names are defined. */
interface Exports {
  values: Map<string, string>;
  types: Map<string, string>;
  /**
   * Variables that other files assign to: TypeScript has no imports of such, so they are declared as globals.
   */
  globals: Set<string>;
}

/** The file, beside kcc.d.ts, that declares the variables to which files other than their own assign. */
export const GLOBALS_FILE = 'kcc.globals.d.ts';

const exported = (node: ts.Node): boolean =>
  tsc.canHaveModifiers(node) &&
  (tsc.getModifiers(node)?.some((m) => m.kind === tsc.SyntaxKind.ExportKeyword) ?? false);

function declaredNames(st: ts.Statement): { values: string[]; types: string[] } {
  const out = { values: [] as string[], types: [] as string[] };
  if (tsc.isInterfaceDeclaration(st) || tsc.isTypeAliasDeclaration(st)) out.types.push(st.name.text);
  else if (tsc.isFunctionDeclaration(st) && st.name !== undefined) out.values.push(st.name.text);
  else if (tsc.isVariableStatement(st)) {
    for (const d of st.declarationList.declarations)
      if (tsc.isIdentifier(d.name)) out.values.push(d.name.text);
  }
  return out;
}

const isDeclaration = (n: ts.Node): n is ts.NamedDeclaration =>
  tsc.isInterfaceDeclaration(n) ||
  tsc.isTypeAliasDeclaration(n) ||
  tsc.isFunctionDeclaration(n) ||
  tsc.isVariableDeclaration(n) ||
  tsc.isParameter(n);

/** Does something with all nodes of a file that `look` has put down, however deep they are. */
function walk(sf: ts.SourceFile, look: (n: ts.Node, visit: (child: ts.Node) => void) => void): void {
  const todo: ts.Node[] = [];
  const visit = (n: ts.Node): void => {
    todo.push(n);
  };
  tsc.forEachChild(sf, visit);
  for (let n = todo.pop(); n !== undefined; n = todo.pop()) look(n, visit);
}

/** Names used in value and in type position. Fields, labels and declared names do not count. */
function usedNames(sf: ts.SourceFile): { values: Set<string>; types: Set<string> } {
  const values = new Set<string>();
  const types = new Set<string>();
  walk(sf, (n, visit) => {
    if (tsc.isImportDeclaration(n) || tsc.isHeritageClause(n)) return;
    if (isDeclaration(n)) {
      tsc.forEachChild(n, (c) => {
        if (c !== n.name) visit(c);
      });
      return;
    }
    if (tsc.isTypeReferenceNode(n)) {
      if (tsc.isIdentifier(n.typeName)) types.add(n.typeName.text);
      n.typeArguments?.forEach(visit);
      return;
    }
    if (tsc.isTypeQueryNode(n)) {
      if (tsc.isIdentifier(n.exprName)) values.add(n.exprName.text);
      return;
    }
    if (tsc.isPropertyAccessExpression(n)) {
      visit(n.expression);
      return;
    }
    if (tsc.isPropertyAssignment(n)) {
      visit(n.initializer);
      return;
    }
    if (tsc.isPropertySignature(n)) {
      n.type === undefined ? undefined : visit(n.type);
      return;
    }
    if (tsc.isBreakOrContinueStatement(n)) return;
    if (tsc.isLabeledStatement(n)) {
      visit(n.statement);
      return;
    }
    if (tsc.isIdentifier(n)) {
      values.add(n.text);
      return;
    }
    tsc.forEachChild(n, visit);
  });
  return { values, types };
}

/** '../vm/vm_page.js' as seen from kern/kern_exit.ts. */
export function relativeModule(from: string, to: string): string {
  const a = from.split('/').slice(0, -1);
  const b = to.replace(/\.ts$/, '.js').split('/');
  while (a.length > 0 && b.length > 1 && a[0] === b[0]) {
    a.shift();
    b.shift();
  }
  return `${a.length === 0 ? './' : '../'.repeat(a.length)}${b.join('/')}`;
}

const LINE_WIDTH = 110;

function importLine(names: string[], module: string, typeOnly: boolean): string {
  const head = typeOnly ? 'import type' : 'import';
  const line = `${head} { ${names.join(', ')} } from '${module}';`;
  if (line.length <= LINE_WIDTH) return line;
  return `${head} {\n${names.map((n) => `  ${n},\n`).join('')}} from '${module}';`;
}

/** Case-sensitive order, so that every machine agrees. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function block(path: string, sf: ts.SourceFile, all: Exports): string[] {
  const declared = sf.statements.map(declaredNames);
  const used = usedNames(sf);
  const lines: { module: string; text: string }[] = [];
  const collect = (names: Iterable<string>, from: Map<string, string>, typeOnly: boolean): void => {
    const own = new Set(declared.flatMap((d) => (typeOnly ? d.types : d.values)));
    const byFile = new Map<string, string[]>();
    for (const n of names) {
      const file = from.get(n);
      if (file === undefined || file === path || own.has(n) || all.globals.has(n)) continue;
      byFile.set(file, [...(byFile.get(file) ?? []), n]);
    }
    for (const [file, list] of byFile) {
      const module = relativeModule(path, file);
      lines.push({ module, text: importLine(list.sort(byText), module, typeOnly) });
    }
  };
  collect(used.values, all.values, false);
  collect(used.types, all.types, true);
  return lines.sort((a, b) => byText(a.module, b.module) || byText(a.text, b.text)).map((l) => l.text);
}

/** Puts the import block between the leading comment (if it is the file's own) and the code. */
function rewrite(sf: ts.SourceFile, imports: string[]): string {
  const text = sf.text;
  const old = sf.statements.filter((s) => tsc.isImportDeclaration(s));
  let body = '';
  let at = 0;
  for (const s of old) {
    body += text.slice(at, s.getStart(sf));
    at = s.end;
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
  }
  body += text.slice(at);
  const head = leadingComment(sf);
  const before = body.slice(0, head);
  const after = body.slice(head).replace(/^(\s*\n)+/, '');
  if (imports.length === 0) return old.length === 0 ? text : `${before}${after}`;
  return `${before}${imports.join('\n')}\n\n${after}`;
}

/**
 * Length of the file's own comment (0 if there is none). The first comment is the file's own unless it clings
 * to a function or a struct, or says what only their comments say.
 */
function leadingComment(sf: ts.SourceFile): number {
  const ranges = tsc.getLeadingCommentRanges(sf.text, 0) ?? [];
  const first = ranges[0];
  if (first === undefined) return 0;
  const next = sf.statements[0];
  const tagged = /@(lock|inline|size)\b/.test(sf.text.slice(first.pos, first.end));
  const apart = /^[ \t]*\r?\n[ \t]*\r?\n/.test(sf.text.slice(first.end));
  const own =
    apart ||
    ranges.length > 1 ||
    next === undefined ||
    tsc.isImportDeclaration(next) ||
    tsc.isVariableStatement(next);
  if (!own || (tagged && !apart)) return 0;
  const end = sf.text.indexOf('\n', first.end) + 1;
  return end === 0 ? sf.text.length : end;
}

/** Names that a file assigns to. */
function assignedNames(sf: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  const note = (e: ts.Expression): void => {
    if (tsc.isIdentifier(e)) found.add(e.text);
  };
  const { FirstAssignment, LastAssignment } = tsc.SyntaxKind;
  walk(sf, (n, visit) => {
    if (tsc.isBinaryExpression(n)) {
      const op = n.operatorToken.kind;
      if (op >= FirstAssignment && op <= LastAssignment) note(n.left);
    } else if (tsc.isPrefixUnaryExpression(n) || tsc.isPostfixUnaryExpression(n)) {
      const { PlusPlusToken, MinusMinusToken } = tsc.SyntaxKind;
      if (n.operator === PlusPlusToken || n.operator === MinusMinusToken) note(n.operand);
    }
    tsc.forEachChild(n, visit);
  });
  return found;
}

/** The text of a type, its names looked up in the files that export them. */
function typeText(sf: ts.SourceFile, node: ts.TypeNode, all: Exports): string {
  const edits: { at: number; text: string }[] = [];
  const visit = (n: ts.Node): void => {
    const name = tsc.isTypeReferenceNode(n) ? n.typeName : tsc.isTypeQueryNode(n) ? n.exprName : null;
    if (name !== null && tsc.isIdentifier(name)) {
      const file = (tsc.isTypeQueryNode(n) ? all.values : all.types).get(name.text);
      if (file !== undefined)
        edits.push({ at: name.getStart(sf), text: `import('./${file.replace(/\.ts$/, '.js')}').` });
    }
    tsc.forEachChild(n, visit);
  };
  visit(node);
  let text = '';
  let at = node.getStart(sf);
  for (const e of edits) {
    text += sf.text.slice(at, e.at) + e.text;
    at = e.at;
  }
  return (text + sf.text.slice(at, node.end)).replace(/\s+/g, ' ');
}

function globalsFile(parsed: Map<string, ts.SourceFile>, all: Exports): string {
  const lines: string[] = [];
  for (const sf of parsed.values()) {
    for (const st of sf.statements) {
      if (!tsc.isVariableStatement(st)) continue;
      for (const d of st.declarationList.declarations) {
        if (
          !tsc.isIdentifier(d.name) ||
          !all.globals.has(d.name.text) ||
          all.values.get(d.name.text) !== sf.fileName
        )
          continue;
        if (d.type !== undefined) lines.push(`declare let ${d.name.text}: ${typeText(sf, d.type, all)};\n`);
      }
    }
  }
  if (lines.length === 0) return '';
  const head = [
    '// Made by `npm run imports`. Variables that files other than their own assign to: TypeScript cannot import',
    '// such.',
    '// biome-ignore-all format: generated',
  ];
  return `${head.join('\n')}\n${lines.sort(byText).join('')}`;
}

/**
 * The files whose import block changes, with their new text; and the file of global variables if that
 * changes.
 */
export function fixImports(files: ReadonlyMap<string, string>): Map<string, string> {
  const all: Exports = { values: new Map(), types: new Map(), globals: new Set() };
  const parsed = new Map<string, ts.SourceFile>();
  for (const path of [...files.keys()].sort(byText)) {
    if (isSkipped(path)) continue;
    const { sf, tooDeep } = parseSource(path, files.get(path) as string);
    // Who compiles it says so.
    if (tooDeep !== undefined) continue;
    parsed.set(path, sf);
    for (const st of sf.statements) {
      if (!exported(st)) continue;
      const { values, types } = declaredNames(st);
      for (const n of values) if (!all.values.has(n)) all.values.set(n, path);
      for (const n of types) if (!all.types.has(n)) all.types.set(n, path);
    }
  }
  for (const [path, sf] of parsed) {
    for (const n of assignedNames(sf))
      if (all.values.has(n) && all.values.get(n) !== path) all.globals.add(n);
  }
  const changed = new Map<string, string>();
  const globals = globalsFile(parsed, all);
  if (globals !== (files.get(GLOBALS_FILE) ?? '')) changed.set(GLOBALS_FILE, globals);
  for (const [path, sf] of parsed) {
    const text = rewrite(sf, block(path, sf, all));
    if (text !== sf.text) changed.set(path, text);
  }
  return changed;
}
