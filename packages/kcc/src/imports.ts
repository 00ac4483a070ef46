import type ts from 'typescript';
import { isSkipped } from './compile.js';
import tsc from './ts.js';

interface Exports {
  values: Map<string, string>;
  types: Map<string, string>;
}

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

/** Names used in value and in type position. Fields, labels and declared names do not count. */
function usedNames(sf: ts.SourceFile): { values: Set<string>; types: Set<string> } {
  const values = new Set<string>();
  const types = new Set<string>();
  const visit = (n: ts.Node): void => {
    if (tsc.isImportDeclaration(n)) return;
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
  };
  tsc.forEachChild(sf, visit);
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
  const own = new Set(sf.statements.flatMap((st) => Object.values(declaredNames(st)).flat()));
  const used = usedNames(sf);
  const lines: { module: string; text: string }[] = [];
  const collect = (names: Iterable<string>, from: Map<string, string>, typeOnly: boolean): void => {
    const byFile = new Map<string, string[]>();
    for (const n of names) {
      const file = from.get(n);
      if (file === undefined || file === path || own.has(n)) continue;
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
 * Length of the file's own comment (0 if there is none). The first comment is the file's own unless it clings to a
 * function or a struct, or says what only their comments say.
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

/** The files whose import block changes, with their new text. */
export function fixImports(files: ReadonlyMap<string, string>): Map<string, string> {
  const all: Exports = { values: new Map(), types: new Map() };
  const parsed = new Map<string, ts.SourceFile>();
  for (const path of [...files.keys()].sort(byText)) {
    if (isSkipped(path)) continue;
    const sf = tsc.createSourceFile(path, files.get(path) as string, {
      languageVersion: tsc.ScriptTarget.ES2022,
      jsDocParsingMode: tsc.JSDocParsingMode.ParseNone,
    });
    parsed.set(path, sf);
    for (const st of sf.statements) {
      if (!exported(st)) continue;
      const { values, types } = declaredNames(st);
      for (const n of values) if (!all.values.has(n)) all.values.set(n, path);
      for (const n of types) if (!all.types.has(n)) all.types.set(n, path);
    }
  }
  const changed = new Map<string, string>();
  for (const [path, sf] of parsed) {
    const text = rewrite(sf, block(path, sf, all));
    if (text !== sf.text) changed.set(path, text);
  }
  return changed;
}
