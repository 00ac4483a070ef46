import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatInstruction, hash, symbolic } from '@trap12/ddb';
import type { Target } from '@trap12/target';
import type { Arguments } from './arguments.js';
import { RequestError } from './debuggee.js';
import type { Sources } from './sources.js';

/** No client is given more at once. */
const BYTES_MAX = 1 << 20;
const INSTRUCTIONS_MAX = 10_000;
const NOP = 0x90;

/** The readMemory request: bytes from an address, as far as there is memory. */
export function readMemory(target: Target, args: Arguments): object {
  const address = args.address('memoryReference') + (args.maybeNumber('offset') ?? 0);
  const count = args.count('count', 0, BYTES_MAX);
  // Beyond the ends of the address space there is nothing; and a reading does not go round it.
  const room = address < 0 ? 0 : Math.max(0, Math.min(count, 2 ** 32 - address));
  const bytes = room === 0 ? new Uint8Array(0) : target.read(address, room);
  return {
    address: `0x${Math.max(0, address).toString(16)}`,
    data: Buffer.from(bytes).toString('base64'),
    ...(bytes.length < count ? { unreadableBytes: count - bytes.length } : {}),
  };
}

/** The writeMemory request. What is not mapped is written only as far as that is asked for. */
export function writeMemory(target: Target, args: Arguments): { address: number; bytesWritten: number } {
  const address = args.address('memoryReference') + (args.maybeNumber('offset') ?? 0);
  const text = args.text('data');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RequestError('writeMemory: data: accepted: base64');
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (bytes.length > BYTES_MAX)
    throw new RequestError(`writeMemory: data: accepted: up to ${BYTES_MAX} bytes`);
  const mapped = address < 0 || address >= 2 ** 32 ? 0 : target.read(address, bytes.length).length;
  if (mapped < bytes.length && !args.flag('allowPartial'))
    throw new RequestError(`address ${hash(address + mapped)} is not mapped: nothing was written`);
  if (mapped > 0) target.write(address, bytes.subarray(0, mapped));
  return { address, bytesWritten: mapped };
}

/** One instruction and where the next one is. */
interface Decoded {
  address: number;
  next: number;
  text: string;
}

/** The instruction at an address: of the listing, else a byte; undefined where there is no memory. */
function decode({ symbols }: Target, bytesAt: Target['read'], address: number): Decoded | undefined {
  const site = symbols.site(address);
  if (site !== undefined && site.address === address)
    return { address, next: address + site.length, text: formatInstruction(site.instruction) };
  const byte = bytesAt(address, 1)[0];
  if (byte === undefined) return undefined;
  return { address, next: address + 1, text: byte === NOP ? 'nop' : `.byte\t0x${byte.toString(16)}` };
}

/**
 * Where the instruction lies that is so many before an address. Text is gone through from the beginning of
 * the function, for an instruction does not tell where the one before it begins.
 */
function before(target: Target, bytesAt: Target['read'], address: number, count: number): number[] {
  const out: number[] = [];
  let end = address;
  while (out.length < count) {
    const near = target.symbols.nearest(end - 1);
    const start = near?.symbol.kind === 'text' ? near.symbol.address >>> 0 : end - 1;
    const found: number[] = [];
    for (let at = start; at < end; ) {
      found.push(at);
      at = decode(target, bytesAt, at)?.next ?? at + 1;
    }
    out.unshift(...found);
    end = start;
    if (end <= 0) break;
  }
  return out.slice(-count);
}

/**
 * The disassemble request: exactly as many instructions as asked for; where there is no memory they are said
 * to be invalid.
 */
export function disassemble(target: Target, sources: Sources, args: Arguments): object {
  const base = args.address('memoryReference') + (args.maybeNumber('offset') ?? 0);
  const offset = args.maybeNumber('instructionOffset') ?? 0;
  const count = args.count('instructionCount', 0, INSTRUCTIONS_MAX);
  if (Math.abs(offset) > INSTRUCTIONS_MAX)
    throw new RequestError(
      `disassemble: instructionOffset: accepted: -${INSTRUCTIONS_MAX} to ${INSTRUCTIONS_MAX}`,
    );
  const bytesAt = (va: number, length: number): Uint8Array =>
    va < 0 || va > 0xffff_ffff ? new Uint8Array(0) : target.read(va, length);
  const starts = offset < 0 ? before(target, bytesAt, base, -offset) : [];
  const missing = offset < 0 ? -offset - starts.length : 0;
  const instructions: DebugProtocol.DisassembledInstruction[] = [];
  for (let i = 0; i < Math.min(missing, count); i++) instructions.push(invalid(0));
  let at = starts[0] ?? base;
  for (let skip = Math.max(0, offset); skip > 0; skip--) at = decode(target, bytesAt, at)?.next ?? at + 1;
  while (instructions.length < count) {
    const decoded = decode(target, bytesAt, at);
    instructions.push(decoded === undefined ? invalid(at) : instruction(target, sources, decoded));
    at = decoded?.next ?? at + 1;
  }
  return { instructions };
}

const invalid = (at: number): DebugProtocol.DisassembledInstruction => ({
  address: `0x${at.toString(16)}`,
  instruction: 'no memory',
  presentationHint: 'invalid',
});

function instruction(
  target: Target,
  sources: Sources,
  { address, next, text }: Decoded,
): DebugProtocol.DisassembledInstruction {
  const site = target.symbols.site(address);
  const bytes = [...target.read(address, next - address)].map((b) => b.toString(16).padStart(2, '0'));
  const place =
    site === undefined ? {} : { location: sources.byName(site.file), line: site.line, column: site.column };
  return {
    address: hash(address),
    instructionBytes: bytes.join(' '),
    instruction: text,
    symbol: symbolic(target.symbols, address),
    ...place,
  };
}
