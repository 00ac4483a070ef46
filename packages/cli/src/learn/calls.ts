/*
 * Are the kernel's system calls still what they were? Who hands in one more may have put it in another's
 * place as well, which nobody notices who does not make that call.
 */
import type { System } from '@trap12/system';
import { Memory } from '@trap12/target';

/**
 * The number of the first system call whose entry in sysent is not what the kernel was built with, or `none`.
 * @param except numbers that may be others
 */
export function changedCall({ target }: System, except: readonly number[]): string {
  const memory = new Memory(target);
  const { symbols } = memory;
  const { address, size } = symbols.symbol('sysent');
  const entryBytes = symbols.struct('sysent_t').size;
  const segment = symbols.image.segments.find(
    (each) => address >= each.address && address < each.address + each.size,
  )!;
  const built = new DataView(new Uint8Array(Buffer.from(segment.data, 'base64')).buffer);
  for (let at = 0; at < size; at += 4) {
    const code = Math.floor(at / entryBytes);
    if (
      !except.includes(code) &&
      memory.u32(address + at) !== built.getUint32(address - segment.address + at, true)
    )
      return String(code);
  }
  return 'none';
}
