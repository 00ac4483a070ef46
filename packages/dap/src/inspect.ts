import type { DebugProtocol } from '@vscode/debugprotocol';
import { Ddb, ELEMENTS_MAX, hash, symbolic, type Typed } from '@trap12/ddb';
import type { Execution, Target } from '@trap12/target';
import type { Arguments } from './arguments.js';
import { ACCESSES, dataId } from './breakpoints.js';
import { RequestError } from './debuggee.js';
import { area, ddbValue, type Found, typedValue } from './expressions.js';
import type { Sources } from './sources.js';
import type { StackFrame, Stand } from './stand.js';

/** What requests about a machine that stands are answered from. */
export interface Inspected {
  target: Target;
  execution: Execution;
  sources: Sources;
  ddb: Ddb;
  stand: Stand;
}

const frameOf = (stand: Stand, args: Arguments): StackFrame | undefined => {
  const id = args.maybeNumber('frameId');
  return id === undefined ? undefined : stand.frame(id);
};

export function stackTrace({ stand }: Inspected, args: Arguments): object {
  return stand.stack(args.number('threadId'), args.count('startFrame', 0, 1e6), args.count('levels', 0, 1e6));
}

export function variables({ stand }: Inspected, args: Arguments): object {
  const start = args.count('start', 0, 0xffff_ffff);
  const count = args.count('count', 0, 0xffff_ffff);
  const all = stand.variables(args.number('variablesReference'), start, Math.min(count, ELEMENTS_MAX));
  const filter = args.maybeText('filter');
  const indexed = ({ name }: DebugProtocol.Variable): boolean => name.startsWith('[');
  if (filter === undefined) return { variables: all };
  return { variables: all.filter((each) => indexed(each) === (filter === 'indexed')) };
}

/** A number that a person has typed as a value: decimal or with 0x, else an expression of the debugger's. */
function typedNumber(inspected: Inspected, frame: StackFrame | undefined, text: string): number {
  const plain = text.trim();
  return /^(-?\d+|0x[0-9a-f]+)$/i.test(plain) ? Number(plain) : ddbValue(inspected, frame, plain);
}

/** The variable behind a reference that has a name. */
function named(stand: Stand, reference: number, name: string): Found | undefined {
  const opened = stand.get(reference);
  const { values } = opened;
  const typed =
    'typed' in opened
      ? values.part(opened.typed, name)
      : opened.list().find((each): each is Typed => 'type' in each && each.name === name);
  return typed && { typed, values };
}

export function setVariable(inspected: Inspected, args: Arguments): object {
  const { stand, target } = inspected;
  const name = args.text('name');
  const found = named(stand, args.number('variablesReference'), name);
  if (found === undefined) throw new RequestError(`there is no variable ${name} here`);
  const { address, type, expression } = found.typed;
  if (found.values !== stand.values)
    throw new RequestError(
      `${name} cannot be set: it is a program's; writeMemory changes what lies in memory`,
    );
  if (address === undefined || !stand.values.settable(found.typed))
    throw new RequestError(
      `${name} cannot be set: ${stand.values.typeText(type)} that lies in no memory of its own`,
    );
  target.write(address, stand.values.bytes(type, typedNumber(inspected, undefined, args.text('value'))));
  const set = stand.values.at(name, type, address, expression);
  return {
    value: stand.values.text(set),
    type: stand.values.typeText(type),
    variablesReference: stand.open(set, stand.values),
  };
}

/** The value of an expression for a watch or a hover: of the source's kind, else of the debugger's. */
export function evaluateValue(inspected: Inspected, args: Arguments): object {
  const { stand, target } = inspected;
  const text = args.text('expression');
  const frame = frameOf(stand, args);
  const found = typedValue(stand, frame, text);
  if (found === undefined) {
    const value = ddbValue(inspected, frame, text);
    const known = target.symbols.nearest(value) !== undefined;
    const result = known ? `${hash(value)} ${symbolic(target.symbols, value)}` : hash(value);
    return { result, variablesReference: 0, memoryReference: hash(value) };
  }
  return describeTyped(stand, found);
}

export function describeTyped(stand: Stand, { typed, values }: Found): object {
  const { named: namedVariables, indexed: indexedVariables } = values.parts(typed);
  const reference = values.isPointer(typed) ? typed.value : typed.address;
  return {
    result: values.text(typed),
    type: values.typeText(typed.type),
    variablesReference: stand.open(typed, values),
    namedVariables,
    indexedVariables,
    ...(reference === undefined || values !== stand.values ? {} : { memoryReference: hash(reference) }),
  };
}

/** What a person types at the console: a command of the debugger's, else something of the source. */
export function evaluateCommand({ stand, ddb }: Inspected, args: Arguments): object {
  const text = args.text('expression').trim();
  const said = ddb.execute(text);
  if (said.length === 1 && /^(No such command|Ambiguous|Symbol not found)/.test(said[0]!)) {
    const found = typedValue(stand, frameOf(stand, args), text);
    if (found !== undefined) return describeTyped(stand, found);
  }
  return { result: said.join('\n'), variablesReference: 0 };
}

const CONDITION = /^(?<left>.+?)\s*(?<![<>=!])(?<how>==|!=|<=|>=|<(?![<=])|>(?![>=]))\s*(?<right>.+)$/;

/** Is a condition true: two values that are compared, or one that is not 0? */
export function holds(inspected: Inspected, frame: StackFrame | undefined, text: string): boolean {
  const value = (side: string): number => {
    return typedValue(inspected.stand, frame, side)?.typed.value ?? typedNumber(inspected, frame, side);
  };
  const compared = CONDITION.exec(text.trim())?.groups;
  if (compared === undefined) return value(text) !== 0;
  const [left, right] = [value(compared.left!), value(compared.right!)];
  switch (compared.how) {
    case '==':
      return left >>> 0 === right >>> 0;
    case '!=':
      return left >>> 0 !== right >>> 0;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    default:
      return left >= right;
  }
}

/** The text of a log point, with the values of what stands in braces. */
export function logText(inspected: Inspected, frame: StackFrame | undefined, text: string): string {
  return text.replace(/\{([^{}]+)\}/g, (_, expression: string) => {
    try {
      const found = typedValue(inspected.stand, frame, expression);
      return found === undefined
        ? hash(ddbValue(inspected, frame, expression))
        : found.values.text(found.typed);
    } catch (error) {
      if (error instanceof RequestError) return `{${expression}: ${error.message}}`;
      throw error;
    }
  });
}

export function dataBreakpointInfo(inspected: Inspected, args: Arguments): object {
  const { stand, ddb, target } = inspected;
  const name = args.text('name');
  const reference = args.maybeNumber('variablesReference');
  let found: { address: number; bytes: number } | undefined;
  if (reference !== undefined && reference !== 0) {
    const part = named(stand, reference, name);
    if (part === undefined)
      return { dataId: null, description: `${name}: not something that lies in memory` };
    const { address, type } = part.typed;
    if (part.values !== stand.values)
      return { dataId: null, description: `${name} is a program's: its address can be watched` };
    if (address !== undefined) found = { address, bytes: stand.values.size(type) };
  } else if (args.flag('asAddress')) found = { address: typedNumber(inspected, undefined, name), bytes: 4 };
  else found = area(stand, ddb, frameOf(stand, args), name);
  if (found === undefined)
    return {
      dataId: null,
      description: `${name} is a local variable: no memory keeps it while its function runs`,
    };
  const bytes = args.maybeNumber('bytes') ?? found.bytes;
  const place = symbolic(target.symbols, found.address);
  const description = `${name}: ${bytes} bytes at ${hash(found.address)}${place.startsWith('0x') ? '' : ` ${place}`}`;
  return { dataId: dataId(found.address, bytes), description, accessTypes: ACCESSES, canPersist: true };
}

export function completions({ ddb }: Inspected, args: Arguments): object {
  const column = Math.max(1, args.number('column'));
  const text = args.text('text').slice(0, column - 1);
  const word = /\w*$/.exec(text)![0];
  const targets = ddb
    .complete(text)
    .map((label) => ({ label, start: text.length - word.length, length: word.length }));
  return { targets };
}

export function exceptionInfo({ target, stand }: Inspected): object {
  const { memory } = stand;
  const ddb = new Ddb(target);
  const message = memory.global('panicstr');
  const description = message === 0 ? ddb.banner().join('\n') : memory.string(message);
  return {
    exceptionId: message === 0 ? 'trap' : 'panic',
    description,
    breakMode: 'always',
    details: { message: description, stackTrace: ddb.execute('trace').join('\n') },
  };
}
