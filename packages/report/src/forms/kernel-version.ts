import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import type { KernelVersion, System } from '../types.js';
import type { Form } from './form.js';

const ID = 'kernel-version';

const VERSION =
  /\b(FreeBSD|OpenBSD|NetBSD|DragonFly) (?:[\w.-]+ (?:FreeBSD |NetBSD |OpenBSD )?)?(\d{1,2}\.\d[\w.-]*)/;
const ARCHES = /\b(amd64|i386|x86_64|i486|i686)\b/;

/** Which kernel it was: boot banner, uname, the version in a dump header. */
export const kernelVersion: Form = {
  id: ID,
  reads: 'kernel versions: banner, `uname -a`, version string',
  systems: 'all',
  leads: [
    'freebsd ',
    'openbsd ',
    'netbsd ',
    'dragonfly ',
    'version',
    'release',
    'environment',
    'system:',
    '>release',
    '>environment',
    '#0',
  ],
  line(line: Line, b: Builder): boolean {
    if (b.low.startsWith('#0')) return false;
    const found = readVersion(line.text, b);
    if (found === null) return false;
    b.kernel ??= found;
    return /^(?:freebsd|openbsd|netbsd|dragonfly) /.test(b.low);
  },
};

function readVersion(text: string, b: Builder): KernelVersion | null {
  if (!text.includes('BSD') && !text.includes('DragonFly')) return null;
  const m = VERSION.exec(text);
  if (m === null) return null;
  const name = m[1]!.toLowerCase();
  const system: System = name === 'openbsd' ? 'OpenBSD' : name === 'netbsd' ? 'NetBSD' : 'FreeBSD';
  const version: KernelVersion = { system, release: m[2]!, text: text.slice(m.index), span: b.span(m.index) };
  const arch = ARCHES.exec(text);
  if (arch !== null) version.arch = arch[1] === 'amd64' || arch[1] === 'x86_64' ? 'amd64' : 'i386';
  return version;
}
