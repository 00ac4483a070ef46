import { createRequire } from 'node:module';
import type ts from 'typescript';

/**
 * The TypeScript package, of which kcc uses the parser. `require` because importing this large CommonJS file
 * costs a third of a second more.
 */
const tsc: typeof ts = createRequire(import.meta.url)('typescript');

/** The expression inside of any number of parentheses. */
export function unparenthesized(e: ts.Expression): ts.Expression {
  return tsc.isParenthesizedExpression(e) ? unparenthesized(e.expression) : e;
}

/** The first type argument of a call, as in `$cast<T>(v)`. */
export const typeArg = (node: ts.CallExpression): ts.TypeNode | undefined => node.typeArguments?.[0];

export default tsc;
