import type { Program } from '../libc.js';
import { deviceName } from '../lib/files.js';
import { left, right } from '../lib/fmt.js';
import { type SwapDevice, swapDevices } from '../lib/kinfo.js';

const PAGE = 4096;

/** swapinfo(8): the swap devices in units of 512 bytes, or of 1K with -k or BLOCKSIZE=K. */
export const swapinfo: Program = function* (c) {
  const kilobytes = c.argv[1] === '-k' || /^[kK1]/.test(c.env.get('BLOCKSIZE') ?? '');
  if (c.argv.length > 2 || (c.argv[1] !== undefined && c.argv[1] !== '-k'))
    return yield* c.usage('swapinfo [-k]');
  const [header, unit] = kilobytes ? ['1K-blocks', 1024] : ['512-blocks', 512];
  const width = header.length;
  const blocks = (pages: number): number => (pages * PAGE) / unit;
  const numbers = (d: Pick<SwapDevice, 'total' | 'used'>): string => {
    const percent = d.total === 0 ? 0 : Math.round((100 * d.used) / d.total);
    return `${right(blocks(d.total), width)} ${right(blocks(d.used), 8)} ${right(blocks(d.total - d.used), 8)} ${right(percent, 5)}%`;
  };
  const devices = yield* swapDevices(c);
  let out = `${left('Device', 15)} ${header} ${right('Used', 8)} ${right('Avail', 8)} ${right('Capacity', 8)}  Type\n`;
  const sum = { total: 0, used: 0 };
  for (const d of devices) {
    out += `/dev/${left(yield* deviceName(c, d.dev), 10)} ${numbers(d)}    Interleaved\n`;
    sum.total += d.total;
    sum.used += d.used;
  }
  if (devices.length > 1) out += `${left('Total', 15)} ${numbers(sum)}\n`;
  yield* c.print(out);
  return 0;
};
