import type ts from 'typescript';
import type { FnCx } from './fn.js';
import tsc from './ts.js';

const K = tsc.SyntaxKind;

/** What encloses a statement and can be left or continued. */
interface Target {
  label: string | null;
  loop: boolean;
}

const isLoop = (node: ts.Node): boolean =>
  tsc.isWhileStatement(node) || tsc.isForStatement(node) || tsc.isDoStatement(node);

/**
 * Finds jumps that go nowhere. The parser lets them pass, and JavaScript refuses the whole module for one of
 * them, without a place in the kernel's source.
 */
export function checkJumps(cx: FnCx, node: ts.Node, around: readonly Target[] = []): void {
  if (tsc.isBreakOrContinueStatement(node)) {
    checkJump(cx, node, around);
    return;
  }
  if (tsc.isExpressionStatement(node)) return;
  let inner = around;
  if (tsc.isLabeledStatement(node)) {
    const label = node.label.text;
    if (around.some((t) => t.label === label)) cx.error(node.label, `label ${label} within itself`);
    inner = [...around, { label, loop: isLoop(node.statement) }];
  } else if (isLoop(node) || tsc.isSwitchStatement(node)) {
    inner = [...around, { label: null, loop: isLoop(node) }];
  }
  tsc.forEachChild(node, (child) => checkJumps(cx, child, inner));
}

function checkJump(cx: FnCx, jump: ts.BreakOrContinueStatement, around: readonly Target[]): void {
  const word = jump.kind === K.BreakStatement ? 'break' : 'continue';
  if (jump.label === undefined) {
    const there = around.some((t) => t.label === null && (word === 'break' || t.loop));
    if (!there) cx.error(jump, `${word} outside of a loop${word === 'break' ? ' or switch' : ''}`);
    return;
  }
  const label = jump.label.text;
  const target = around.find((t) => t.label === label);
  if (target === undefined) cx.error(jump, `${word} ${label}: no such label here`);
  else if (word === 'continue' && !target.loop) cx.error(jump, `continue ${label}: that is no loop`);
}
