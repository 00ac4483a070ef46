import type ts from 'typescript';
import { constExpr } from './consts.js';
import { FnCx } from './fn.js';
import { convert } from './ops.js';
import type { Program, VarSym } from './program.js';
import { layout, sizeOf } from './resolve.js';
import { isAggregate, isI64, isInt, type Type, typeName } from './types.js';
import { constNumber, isCharPtr } from './val.js';
import tsc from './ts.js';

/** The initial contents of a variable: bytes, and where addresses of symbols go. */
export interface Image {
  bytes: Uint8Array;
  relocs: { at: number; symbol: string; addend: number }[];
}

/** Evaluates the initializer of a variable in .data. */
export function initialImage(p: Program, v: VarSym): Image {
  const image: Image = { bytes: new Uint8Array(sizeOf(p, v.type)), relocs: [] };
  const init = v.node.initializer;
  if (init === undefined) return image;
  const call =
    tsc.isCallExpression(init) && tsc.isIdentifier(init.expression) && init.expression.text === '$init';
  if (call && init.arguments.length === 1)
    place(p, v.sf, image, 0, v.type, init.arguments[0] as ts.Expression);
  else if (call) p.diags.error(v.sf, init, '$init takes one value');
  else if (isAggregate(v.type))
    p.diags.error(v.sf, init, `${v.name}: initialize ${typeName(v.type)} with $init(...)`);
  else place(p, v.sf, image, 0, v.type, init);
  return image;
}

function place(
  p: Program,
  sf: ts.SourceFile,
  image: Image,
  at: number,
  type: Type,
  node: ts.Expression,
): void {
  if (tsc.isParenthesizedExpression(node)) {
    place(p, sf, image, at, type, node.expression);
    return;
  }
  if (type.k === 'error') return;
  if (type.k === 'embed') {
    struct(p, sf, image, at, type, node);
    return;
  }
  if (type.k === 'array') {
    array(p, sf, image, at, type, node);
    return;
  }
  const v = constExpr(p, sf, node, 'initializer');
  if (v.type.k === 'error') return;
  const c = convert(new FnCx(p, null, sf), v, type, node, 'initializer');
  if (c.symbol !== null) {
    if (sizeOf(p, type) !== 4) {
      p.diags.error(sf, node, 'an address needs a field of 4 bytes');
      return;
    }
    image.relocs.push({ at, symbol: c.symbol, addend: c.addend });
    return;
  }
  const view = new DataView(image.bytes.buffer);
  if (isI64(type)) {
    const n = constNumber(c);
    view.setInt32(at, n | 0, true);
    view.setInt32(at + 4, Math.floor(n / 4294967296) | 0, true);
  } else if (isInt(type) && type.size === 1) view.setUint8(at, c.c as number);
  else if (isInt(type) && type.size === 2) view.setUint16(at, c.c as number, true);
  else view.setInt32(at, c.c as number, true);
}

function struct(
  p: Program,
  sf: ts.SourceFile,
  image: Image,
  at: number,
  type: Type & { k: 'embed' },
  node: ts.Expression,
): void {
  if (!tsc.isObjectLiteralExpression(node)) {
    p.diags.error(sf, node, `initializer of ${typeName(type)} must be { field: value, ... }`);
    return;
  }
  const s = layout(p, type.s);
  for (const prop of node.properties) {
    if (
      tsc.isShorthandPropertyAssignment(prop) ||
      !tsc.isPropertyAssignment(prop) ||
      !tsc.isIdentifier(prop.name)
    ) {
      p.diags.error(sf, prop, 'unsupported in an initializer: write field: value');
      continue;
    }
    const f = s.fields.get(prop.name.text);
    if (f === undefined) p.diags.error(sf, prop, `struct ${s.name} has no field ${prop.name.text}`);
    else place(p, sf, image, at + f.offset, f.type, prop.initializer);
  }
}

function array(
  p: Program,
  sf: ts.SourceFile,
  image: Image,
  at: number,
  type: Type & { k: 'array' },
  node: ts.Expression,
): void {
  if (tsc.isStringLiteral(node) && isCharPtr({ k: 'ptr', elem: type.elem })) {
    if (node.text.length > type.n) p.diags.error(sf, node, `string does not fit into ${typeName(type)}`);
    for (let i = 0; i < Math.min(node.text.length, type.n); i++)
      image.bytes[at + i] = node.text.charCodeAt(i);
    return;
  }
  if (!tsc.isArrayLiteralExpression(node)) {
    p.diags.error(sf, node, `initializer of ${typeName(type)} must be [ ... ]`);
    return;
  }
  if (node.elements.length > type.n) p.diags.error(sf, node, `too many values for ${typeName(type)}`);
  const size = sizeOf(p, type.elem);
  node.elements.forEach((e, i) => {
    if (i < type.n) place(p, sf, image, at + i * size, type.elem, e);
  });
}
