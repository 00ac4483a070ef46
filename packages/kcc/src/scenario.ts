import type ts from 'typescript';
import { type Diagnostic, Diagnostics } from './diag.js';
import { parseSource } from './deep.js';
import tsc from './ts.js';

/** A function that a scenario names. */
export interface NamedFunction {
  function: string;
  /** It is a may-sleep function. */
  sleeps: boolean;
  /** How many parameters it has. */
  params: number;
}

/** What a constant expression of a scenario's description stands for. */
export type ScenarioValue =
  | string
  | number
  | boolean
  | NamedFunction
  | ScenarioValue[]
  | { [name: string]: ScenarioValue };

export interface TakenScenario {
  /** The argument of $scenario(); undefined if the file has none, or with errors */
  value: ScenarioValue | undefined;
  /** The file without that statement, as kernel TypeScript; lines and columns stay. */
  rest: string;
  errors: Diagnostic[];
}

const isFunctionName = (value: ScenarioValue): value is NamedFunction =>
  typeof value === 'object' && !Array.isArray(value) && typeof value.function === 'string';
export { isFunctionName };

/**
 * Takes the description out of a scenario: the one statement `$scenario({ ... })` at the top level of a file
 * that is kernel TypeScript in all else. Nothing of it is executed: literals, arithmetic on numbers and names
 * of the file's own functions are all that may stand there.
 */
export function takeScenario(path: string, text: string): TakenScenario {
  const { sf, tooDeep } = parseSource(path, text);
  const diags = new Diagnostics();
  if (tooDeep !== undefined) {
    diags.tooDeep(tooDeep);
    return { value: undefined, rest: text, errors: diags.sorted() };
  }
  const calls = sf.statements.filter((st) => described(st) !== undefined);
  const [call] = calls;
  if (call === undefined) return { value: undefined, rest: text, errors: [] };
  if (calls[1] !== undefined) diags.error(sf, calls[1], 'a scenario has one $scenario()');
  const [argument, ...more] = described(call)!.arguments;
  let value: ScenarioValue | undefined;
  if (argument === undefined || more.length > 0) diags.error(sf, call, '$scenario() takes one argument');
  else value = diags.guarded(sf, argument, () => constantOf(sf, diags, argument));
  const [from, to] = [call.getStart(sf), call.end];
  const rest = text.slice(0, from) + text.slice(from, to).replace(/[^\n]/g, ' ') + text.slice(to);
  return { value, rest, errors: diags.sorted() };
}

function described(st: ts.Statement): ts.CallExpression | undefined {
  if (!tsc.isExpressionStatement(st) || !tsc.isCallExpression(st.expression)) return undefined;
  const { expression } = st.expression;
  return tsc.isIdentifier(expression) && expression.text === '$scenario' ? st.expression : undefined;
}

function constantOf(sf: ts.SourceFile, diags: Diagnostics, node: ts.Expression): ScenarioValue | undefined {
  if (tsc.isStringLiteralLike(node)) return node.text;
  if (tsc.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  if (node.kind === tsc.SyntaxKind.TrueKeyword) return true;
  if (node.kind === tsc.SyntaxKind.FalseKeyword) return false;
  if (tsc.isParenthesizedExpression(node)) return constantOf(sf, diags, node.expression);
  if (tsc.isIdentifier(node)) return functionNamed(sf, diags, node);
  if (tsc.isArrayLiteralExpression(node)) {
    const items = node.elements.map((each) => constantOf(sf, diags, each));
    return items.filter((each) => each !== undefined);
  }
  if (tsc.isObjectLiteralExpression(node)) return recordOf(sf, diags, node);
  if (tsc.isBinaryExpression(node)) {
    const [a, b] = [constantOf(sf, diags, node.left), constantOf(sf, diags, node.right)];
    const result = arithmetic(node.operatorToken.kind, a, b);
    if (result !== undefined) return result;
  }
  diags.error(sf, node, 'the description of a scenario is made of literals and names of functions');
  return undefined;
}

function arithmetic(
  operator: ts.SyntaxKind,
  a: ScenarioValue | undefined,
  b: ScenarioValue | undefined,
): number | undefined {
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  if (operator === tsc.SyntaxKind.PlusToken) return a + b;
  if (operator === tsc.SyntaxKind.MinusToken) return a - b;
  if (operator === tsc.SyntaxKind.AsteriskToken) return a * b;
  return operator === tsc.SyntaxKind.LessThanLessThanToken ? a << b : undefined;
}

function recordOf(sf: ts.SourceFile, diags: Diagnostics, node: ts.ObjectLiteralExpression): ScenarioValue {
  const out: Record<string, ScenarioValue> = {};
  for (const each of node.properties) {
    const name = each.name;
    if (name === undefined || (!tsc.isIdentifier(name) && !tsc.isStringLiteral(name))) {
      diags.error(sf, each, 'a field of a scenario has a plain name');
      continue;
    }
    const value = tsc.isPropertyAssignment(each)
      ? constantOf(sf, diags, each.initializer)
      : tsc.isShorthandPropertyAssignment(each)
        ? functionNamed(sf, diags, each.name)
        : undefined;
    if (value !== undefined) out[name.text] = value;
    else if (tsc.isMethodDeclaration(each)) diags.error(sf, each, 'name a function of the file instead');
  }
  return out;
}

function functionNamed(
  sf: ts.SourceFile,
  diags: Diagnostics,
  node: ts.Identifier,
): NamedFunction | undefined {
  const found = sf.statements.find((st) => tsc.isFunctionDeclaration(st) && st.name?.text === node.text);
  if (found === undefined || !tsc.isFunctionDeclaration(found)) {
    diags.error(sf, node, `the file has no function ${node.text}`);
    return undefined;
  }
  return {
    function: node.text,
    sleeps: found.asteriskToken !== undefined,
    params: found.parameters.length,
  };
}
