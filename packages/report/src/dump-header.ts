import type { Builder } from './builder.js';
import type { PanicEvent } from './types.js';

/*
 * The header of a dump is of the panic that it names, and of its kernel: of another one it says nothing.
 */

/** Takes back what a dump's header says where it is of another panic than that of the report. */
export function dropHeaderOfAnother(b: Builder, primary: PanicEvent, real: readonly PanicEvent[]): void {
  const { headerOfAnother: other, beforeHeader: before } = b;
  const named = other !== null && other !== primary && real.includes(other);
  if (!named && !isOfOtherDay(b, primary)) return;
  if (before !== null) {
    b.kernel = before.kernel;
    b.statedArch = before.arch;
  }
  dropDump(b);
}

/** What the console said of a dump stays; how the header's came out goes with it. */
function dropDump(b: Builder): void {
  const { dump } = b;
  if (dump?.header === undefined) return;
  const isHeaders =
    dump.state === 'good' || (dump.state === 'failed' && dump.detail === dump.header.status?.value);
  if (isHeaders) b.dump = undefined;
  else delete dump.header;
}

/** Days between a panic and its dump's header by two clocks, wherever these stand: more is another panic. */
const DAYS_MAX = 2;
const DAY_SECONDS = 86_400;

/** Whether the header of the dump is of another day than the panic, by the second that it printed. */
function isOfOtherDay({ dump }: Builder, { time }: PanicEvent): boolean {
  const written = dump?.header?.dumptime?.value;
  const day = written === undefined ? undefined : dayOf(written);
  if (day === undefined || time === undefined) return false;
  return Math.abs(day - Math.floor(time.value / DAY_SECONDS)) > DAYS_MAX;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Days since 1970 of `2023-05-17 14:07:58 +0100` and of `Wed May 17 14:07:58 2023`. */
function dayOf(text: string): number | undefined {
  const iso = /^(\d{4})-(\d\d)-(\d\d) \d\d:/.exec(text);
  const old = /^[a-z]{3} ([a-z]{3}) +(\d{1,2}) \d\d:\d\d:\d\d (?:[a-z]{2,5} )?(\d{4})$/i.exec(text.trim());
  const month = iso === null ? MONTHS.indexOf(old?.[1]?.toLowerCase() ?? '') : Number(iso[2]) - 1;
  const [year, day] = iso === null ? [Number(old?.[3]), Number(old?.[2])] : [Number(iso[1]), Number(iso[3])];
  if (Number.isNaN(year) || month < 0 || month > 11) return undefined;
  return Math.floor(Date.UTC(year, month, day) / (DAY_SECONDS * 1000));
}
