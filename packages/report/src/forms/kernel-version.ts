import { ofOthersOrDenied } from '../other-words.js';
import { ARCH_WORD, archNamed, archOfPort, PORT_NAME } from '../arch-names.js';
import type { Builder } from '../builder.js';
import { sourceArch } from '../identify.js';
import type { Line } from '../line.js';
import type { Arch, KernelVersion, System } from '../types.js';
import { OWN_NUMBERS, productOf, VERSION_NAMES } from '../products.js';
import { mayNumber } from '../recipe-words.js';
import { toldKin } from '../told-kin.js';
import { isOfAnother, toldRelease } from '../told-version.js';
import type { Form } from './form.js';

const ID = 'kernel-version';

/**
 * `FreeBSD host 13.2-RELEASE`, `DragonFly v5.6.1-RELEASE`, `OpenBSD 7.3 (GENERIC.MP)`, `trap12 5.0-CURRENT`.
 */
const VERSION = new RegExp(
  `\\b(${VERSION_NAMES})(?:/\\w{3,12})? (?:BSD )?(?:[\\w.-]+ (?:(?:Free|Net|Open)BSD |DragonFly )?)?v?(\\d{1,2}\\.\\d[\\w.-]*)`,
);
/** `NetBSD-10.0_RC3`, as a writer puts it: the names of files go on. */
const DASHED =
  /(?<![\w/.-])(FreeBSD|OpenBSD|NetBSD|DragonFly)-v?(\d{1,2}\.\d{1,2}(?:\.\d{1,3})?(?:[-_](?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\d{0,2}|current|stable|beta))?(?:-p\d{1,2})?)(?!\w|[.-]\w)/;
/** The port, in front of the number or behind it. */
const PORT = new RegExp(`^(?:Free|Net|Open)?(?:BSD|DragonFly)/(${PORT_NAME})(?= )|^/(${PORT_NAME})\\b`, 'i');
const portOf = (text: string): Arch | undefined => {
  const m = PORT.exec(text);
  return m === null ? undefined : archOfPort(m[1] ?? m[2]!);
};
const BASES: Record<string, System> = {
  OpenBSD: 'OpenBSD',
  Bitrig: 'OpenBSD',
  NetBSD: 'NetBSD',
  DragonFly: 'DragonFly',
};

/** How much a mention of a version is worth: a banner or uname, a labelled line, a sentence. */
const FORMAL = 3;
const LABELLED = 2;

/** What stands before the version in a line that is there to give it. */
const LABEL =
  /^(?:>?(?:release|environment|system|version(?: string)?|os|guest|host|kernel|uname|platform|affected)\b[^:]{0,20}:|[#$%] uname -a:?|\$? ?uname[^:]{0,6}:)\s*$/i;

/** `#0: Fri ..`, `#0 r348589: ..`, `#0 [STABLE:..]: ..`: the number of a build; of an erratum it is none. */
const BUILD =
  /^[^#]{0,120}#\d+(?: {0,2}(?:\[[^\]]{1,80}\]|\w[\w.()/-]{0,79})? ?(?:[:`]|$)| {1,2}(?=\w{0,79}[-/.\d])\w[\w.()/-]{0,79}\d )/;

/** What is said in front of a version that is another machine's, or of another day. */
const OF_ELSE = ofOthersOrDenied('good|than');

function quality(text: string, at: number, end: number): number {
  const rest = text.slice(end);
  const head = text.slice(0, at).trim();
  const numbered =
    BUILD.test(rest) ||
    /^ ?\([\w.-]{1,40}\)/.test(rest) ||
    /^ (?:Free|Net|Open)BSD \d/.test(rest) ||
    /(?:Free|Net|Open)BSD \d/.test(text.slice(at + 8, end));
  if (head === '' && numbered) return FORMAL;
  if (LABEL.test(head) || (head === '' && plain(rest))) return LABELLED;
  return numbered && head.length < 40 && !OF_ELSE.test(head) ? LABELLED : 0;
}

/** `FreeBSD 14.1-RELEASE amd64 GENERIC` and no word of prose. */
function plain(rest: string): boolean {
  return rest
    .split(/[\s,;()]+/)
    .filter(Boolean)
    .every(
      (word) =>
        ARCH_WORD.test(word) ||
        /^(?:[A-Z][\w.-]*|[rn]?\d[\w.-]*|on|kernel|releng\/\S+|stable\/\S+|main-\S+)$/.test(word),
    );
}

/** Reads a version; null where the text holds none. */
export function readVersion(
  text: string,
  b: Builder,
  from = 0,
): { version: KernelVersion; quality: number } | null {
  const m = VERSION.exec(text) ?? DASHED.exec(text);
  if (m === null) return null;
  const name = m[1]!;
  const release = m[2]!.replace(/[.,:;-]+$/, '');
  const version: KernelVersion = {
    system: BASES[name] ?? 'FreeBSD',
    ...(OWN_NUMBERS.test(name) ? { product: name, productRelease: release } : { release }),
    text: text.slice(m.index),
    span: b.span(from + m.index, from + text.length),
  };
  const product = productOf(text);
  if (product !== undefined) version.product ??= product;
  // The name of the host comes before the version, and may be that of an architecture.
  const after = text.slice(m.index + m[0].length);
  const config =
    /^ ?\(([\w.-]{2,40})\)/.exec(after) ??
    /\/compile\/([\w.-]{2,40})/.exec(after) ??
    /\/sys\/([\w.-]{2,40})/.exec(after) ??
    /\b((?:GENERIC|LINT|SMP|MINIMAL)[\w.-]*)\b/.exec(after);
  if (config !== null) version.config = config[1]!;
  const arch = archOf(after) ?? portOf(after) ?? portOf(m[0]) ?? (name === 'trap12' ? 'i386' : undefined);
  if (arch !== undefined) version.arch = arch;
  return { version, quality: quality(text, m.index, m.index + m[0].length) };
}

/**
 * What a version line says of the architecture: the last word of `uname -a`, a build directory, a
 * configuration's name.
 */
function archOf(after: string): Arch | undefined {
  const built = buildArch(after);
  if (built !== undefined) return built;
  const words = after
    .split(/[\s,;()/]+/)
    .filter((word) => ARCH_WORD.test(word) && ARCH_WORD.exec(word)![0].length === word.length);
  if (words.length > 0) return archNamed(words[words.length - 1]!);
  return /\bX86_64_GENERIC\b/.test(after) ? 'amd64' : undefined;
}

/** `/usr/obj/usr/src/amd64.amd64/sys/GENERIC`, `/usr/src/sys/arch/amd64/compile/GENERIC.MP` */
function buildArch(text: string): Arch | undefined {
  const m =
    /\/(\w+)\.(\w+)\/sys\/|\/sys\/(?:arch\/)?(\w+)\/(?:compile|conf)\/|\/sys\/(X86_64)_|\/obj\/(amd64|i386|aarch64|arm64)\//.exec(
      text,
    );
  // Before there were several machines in one tree of objects, uname's word stood behind it.
  const word = /\/(?:sys|compile)\/[\w.-]+ +(\w+)$/.exec(text);
  if (m === null) return word === null ? undefined : archNamed(word[1]!);
  return archNamed(m[2] ?? m[3] ?? m[4] ?? m[5] ?? '') ?? sourceArch(text) ?? undefined;
}

/** Such banners of a text that are kept. */
const LOGINS_MAX = 64;

/** `FreeBSD/amd64 (host) (ttyu0)`, before the prompt for a login. */
const LOGIN = /^(FreeBSD|OpenBSD|NetBSD|DragonFly)\/(\w+) \(/;
const GDB =
  /configured as "?(amd64|x86_64|i[3-6]86|aarch64|arm64|riscv64|powerpc64|sparc64)-[\w-]*?(freebsd|openbsd|netbsd|dragonfly)/i;

const STATED_ARCH = /^(?:machine|architecture) {0,12}:/;
/** `OpenBSD.riscv64`, as sendbug puts it. */
const WITH_SYSTEM = /^(FreeBSD|OpenBSD|NetBSD|DragonFly)\./;

/**
 * Which kernel it was: boot banner, uname, the version in a dump header, login banner, gdb's own
 * configuration.
 */
export const kernelVersion: Form = {
  id: ID,
  reads:
    'kernel versions: banner, `uname -a`, version strings, build paths, login banners, what gdb was configured as',
  systems: 'all',
  rest(line: Line, b: Builder): boolean {
    const { text } = line;
    if (text.length < 10) return false;
    if (text.includes('/') && (text.includes('/sys/') || text.includes('/obj/'))) buildPath(b, text);
    const { low } = b;
    const c = low.charCodeAt(0);
    // `a`, `m`
    if (
      (c === 97 || c === 109) &&
      low.startsWith(c === 97 ? 'arch' : 'mach') &&
      STATED_ARCH.test(low) &&
      statedArch(b, text)
    )
      return true;
    if (text.includes('|') && tableRow(b, text)) return true;
    // `#`, `s`, `t`
    if (c === 35 || c === 115 || c === 116) headedRelease(b);
    tellsRelease(b);
    if (c === 99 ? RIGHTS.test(low) : c === 108 && low.startsWith('last login: ')) b.startedAt = b.lineNumber;
    if (c === 99 && low.startsWith('crash version ')) return crashVersion(b);
    const isTrap12 = c === 116 && low.startsWith('trap12 ');
    if (!isTrap12 && !A_NAME.test(low)) return false;
    const bsd = low.includes('bsd');
    const named = bsd || low.includes('dragonfly');
    if (named && (c === 99 || c < 58)) seeOwner(b);
    if (low.includes('nas') && nasBuild(b)) return true;
    if (KIN.test(low)) kinTold(b);
    if (!named && !isTrap12) return false;
    if (bsd && low.includes('@netbsd.org')) portList(b);
    const gdb = low.includes('configured as') ? GDB.exec(text) : null;
    if (gdb !== null) {
      weakSigns(b, gdb[2]!, gdb[1]!);
      return true;
    }
    const login = LOGIN.exec(text);
    if (login !== null) {
      b.systemStated = true;
      if (b.logins.length < LOGINS_MAX) b.logins.push(b.span()[0]);
      b.saw(BASES[login[1]!] === undefined ? 'FreeBSD' : (login[1] as 'OpenBSD'), 6, true);
      const arch = archOfPort(login[2]!);
      if (arch !== undefined) b.statedArch ??= arch;
      return true;
    }
    return versionLine(b, text);
  },
};

/** What stands in the names of systems and of their kin. */
const A_NAME = /bsd|dragonfly|nas|sense|hellosystem/;

/** What a kernel begins with as it starts. */
const RIGHTS = /^copyright \(c\) (?:19|20\d\d[-, \d]* the dragonfly project)/;
/**
 * Whom it then names as the holder of its rights; sources have a comment's mark or a line end there. They
 * begin with a `c`, or with what years are written with.
 */
const OWNERS: readonly [line: RegExp, system: 'DragonFly' | 'OpenBSD' | 'NetBSD'][] = [
  [/^copyright \(c\) 2003[-, \d]{0,60} the dragonfly project\.?$/, 'DragonFly'],
  [/^copyright \(c\) 1995-20\d\d openbsd\. +all rights reserved\./, 'OpenBSD'],
  [/^[\d, -]{4,60} the netbsd foundation, inc\. +all rights reserved\.$/, 'NetBSD'],
];

function seeOwner(b: Builder): void {
  for (const [line, system] of OWNERS) if (line.test(b.low)) b.saw(system, 4, true);
}

/** Lines from a kernel's first words as it starts, or a login's, to its version. */
const STARTING = 8;

const HOST = /^\W{0,4}(?:host|hypervisor)(?: system| os)?\W{0,4}$/i;

function versionLine(b: Builder, text: string): boolean {
  const found = readVersion(text, b);
  if (found === null) {
    const product = b.kernel === undefined ? undefined : productOf(text);
    if (product !== undefined) b.kernel!.product ??= product;
    return false;
  }
  if (found.quality === 0) {
    // A sentence: it may be about another machine or an older version.
    const { system, text: said } = found.version;
    const at = text.length - said.length;
    if (system !== 'unknown' && !isOfAnother(text, at, at + system.length)) b.saw(system, 1);
    return false;
  }
  // Under `Host:` it is that of the machine around the one that the text may be of.
  if (HOST.test(b.unread?.text ?? '')) found.version.likely = true;
  if (found.quality > b.kernelQuality) {
    b.kernel = found.version;
    b.kernelQuality = found.quality;
    if (b.lineNumber - b.startedAt <= STARTING) b.bootBanner = found.version;
  } else if (b.kernel !== undefined && b.kernel.release === found.version.release) {
    const { arch, product } = found.version;
    if (arch !== undefined) b.kernel.arch ??= arch;
    if (product !== undefined) b.kernel.product ??= product;
  } else if (found.quality === b.kernelQuality && b.kernel !== undefined) doubtRelease(b, found.version);
  return found.quality === FORMAL;
}

/** What a mail or a ticket is about. */
const ABOUT = /^(?:#{1,3} |(?:subject|synopsis|summary|title): ).*\b(?:panic|crash|trap|fault|reboot)/;
/** Only FreeBSD's and DragonFly's releases are written so, and people leave out DragonFly's patch level. */
const RELEASE =
  /(?<![\w.])(\d{1,2}(?:\.\d{1,2})?-(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\d{0,2})(?:-p\d{1,2})?)(?![\w.-])/;

/** A release with its system's name. */
const NAMED_RELEASE =
  /\b(FreeBSD|NetBSD|OpenBSD|DragonFly)(?:\/\w{3,12})?[ -]v?(\d{1,2}\.\d{1,2}[\w.]{0,20})(?![\w.*-])/;

/** What stands before a release that is not, or not surely, the one that panicked. */
const OTHER_RELEASE =
  /\b(?:from|since|until|till|before|unlike|than|fixed in|gone in|not in|not on|work(?:s|ed) (?:in|on|with)|fine (?:in|on|with)) (?:FreeBSD )?$/i;

/** `Subject: 5.1-RELEASE panics under load`: a heading of a panic names the release of its kernel. */
function headedRelease(b: Builder): void {
  const { text } = b.line;
  if (b.headedRelease !== undefined) return;
  if (!ABOUT.test(b.low)) {
    plainHeading(b);
    return;
  }
  const m = RELEASE.exec(text);
  const named = m === null ? NAMED_RELEASE.exec(text) : null;
  const found = m ?? named;
  if (found === null) {
    plainHeading(b);
    return;
  }
  const behind = text.slice(found.index + found[0].length);
  if (RELEASE.test(behind) || NAMED_RELEASE.test(behind)) return;
  if (OTHER_RELEASE.test(text.slice(0, found.index))) return;
  const [at, end] = [found.index, found.index + found[0].length];
  const system = (named === null ? 'FreeBSD' : named[1]!) as System;
  const release = (named === null ? found[1]! : named[2]!).replace(/\.+$/, '');
  b.headedRelease = { system, release, text: found[0], span: b.span(at, end), likely: true };
}

/** `Subject: 13.2: panic on ..`, `Subject: 6.8 i386: zorp_get: ..`: of which system, the text tells. */
const PLAIN_HEADING =
  /^(?:subject|synopsis|summary|title): (?:(?:re|fwd?): ?)*(\d{1,2}\.\d{1,2})(?:[ /](amd64|i386|arm64|sparc64|macppc|alpha|riscv64|octeon|loongson|hppa|vax))?: /;

function plainHeading(b: Builder): void {
  const m = PLAIN_HEADING.exec(b.low);
  if (m === null) return;
  const at = b.low.indexOf(m[1]!);
  const text = b.line.text.slice(at, at + m[1]!.length);
  const arch = m[2] === undefined ? undefined : archNamed(m[2]);
  b.headedRelease = {
    system: 'unknown',
    release: text,
    text,
    span: b.span(at, at + text.length),
    likely: true,
    ...(arch === undefined ? {} : { arch }),
  };
  if (arch !== undefined && arch !== 'unknown') b.sawArch(arch, 4);
}

/** A sentence that gives the machine that crashed its release; it counts as a heading does. */
function tellsRelease(b: Builder): void {
  if (b.headedRelease !== undefined) return;
  const told = mayNumber(b.line) ? toldRelease(b.line.text) : undefined;
  if (told === undefined) return;
  const { system, release, at, end } = told;
  b.headedRelease = { system, release, text: release, span: b.span(at, end), likely: true };
}

/** NetBSD's crash(8): `Crash version 9.0_STABLE, image version 9.0_STABLE.`; the image is what crashed. */
function crashVersion(b: Builder): boolean {
  const m = /^crash version \d\S{0,30}, image version (\d[\w.-]{0,30}?)\.?$/i.exec(b.line.text);
  if (m === null) return false;
  b.saw('NetBSD', 6, true);
  if (b.kernelQuality >= FORMAL) return true;
  const text = m[0].slice(m[0].toLowerCase().indexOf('image version'));
  b.kernel = { system: 'NetBSD', release: m[1]!, text, span: b.span(m[0].length - text.length) };
  b.kernelQuality = FORMAL;
  return true;
}

/**
 * `Build: FreeNAS-9.3-STABLE-201502271818`, `Version: TrueNAS-13.0-U6.1`: the number is the product's, not
 * FreeBSD's. From 20 on, and under the name SCALE, it is a Linux.
 */
const NAS_BUILD =
  /^(?:(?:build|version|os version|software|platform|system|release)[^:]{0,20}: *)?(FreeNAS|TrueNAS)(?: CORE)?[- ](\d{1,2})\.\d[\w.-]{0,30}(?: \([0-9a-f]{6,12}\))?$/i;

/** `Our TrueNAS (13.0-U6.1)`, in the languages in which people write. */
const NAS_SAID =
  /(?:^|\s)(?:my|our|this|the|mon|notre|mein|unser|mi|nuestro) (FreeNAS|TrueNAS)(?: CORE)?(?: (?:box|server|system|nas))?,? \(?v?(\d{1,2})\.\d{1,2}(?:\.\d)?-U\d/i;

function nasBuild(b: Builder): boolean {
  const m = NAS_BUILD.exec(b.line.text);
  if (m === null) {
    const said = NAS_SAID.exec(b.line.text);
    if (said !== null && Number(said[2]) < 20) b.statedProduct ??= productOf(said[1]!);
    return false;
  }
  if (Number(m[2]) >= 20) return false;
  b.saw('FreeBSD', 3);
  b.statedProduct ??= productOf(m[1]!);
  return true;
}

/** `To: port-macppc@NetBSD.org`: NetBSD's lists are those of its ports. */
function portList(b: Builder): void {
  const port = /^(?:to|cc|newsgroups): .{0,60}\bport-(\w{3,10})@netbsd\.org/.exec(b.low)?.[1];
  const arch = port === undefined ? undefined : archOfPort(port);
  if (arch !== undefined && arch !== 'unknown') b.sawArch(arch, 2);
}

const KIN = /midnightbsd|ghostbsd|hardenedbsd|cheribsd|nomadbsd|hellosystem|bsdrp|nas\b|[fn]sense/;

/** A writer names his machine by a kin of FreeBSD; one who names two may mean either. */
function kinTold(b: Builder): void {
  const product = toldKin(b.line.text);
  if (product === undefined) return;
  b.saw('FreeBSD', 1);
  b.toldKin.add(product);
}

/** Two lines of one rank with two releases: that of the panic's kernel may be either. */
function doubtRelease({ kernel }: Builder, { system, release }: KernelVersion): void {
  if (kernel!.system !== system || kernel!.release === undefined || release === undefined) return;
  // `13.2-RELEASE` and `13.2-RELEASE-p1` are of one kernel and its userland.
  const [a, b] = [kernel!.release, release];
  if (!a.startsWith(b) && !b.startsWith(a)) kernel!.likely = true;
}

/** The line after the banner, which names where the kernel was built. */
function buildPath(b: Builder, text: string): void {
  if (!/@[\w.-]+:\/|\/obj\/|\/compile\//.test(text)) return;
  const arch = buildArch(text);
  if (arch !== undefined) b.statedArch ??= arch;
  const product = productOf(text);
  if (product !== undefined && b.kernel !== undefined) b.kernel.product ??= product;
}

/** The version and the architecture in the header of a dump. */
export function takeHeader(b: Builder, name: 'version' | 'architecture', value: string, from: number): void {
  b.beforeHeader ??= { kernel: b.kernel, arch: b.statedArch };
  if (name === 'architecture') {
    const arch = archNamed(value.trim());
    if (arch !== undefined) b.statedArch ??= arch;
    return;
  }
  const found = readVersion(value, b, from);
  if (found === null) return;
  if (b.kernelQuality >= FORMAL) {
    doubtRelease(b, found.version);
    return;
  }
  b.kernel = found.version;
  b.kernelQuality = FORMAL;
}

/** Rows of the form that a tracker has people fill in: `Kernel Version | 13.3-STABLE`. */
const ROW =
  /^(distribution name|distribution version|kernel version|freebsd kernel|architecture) {0,40}\| {0,8}(\S.{0,80})$/i;
const ROW_SYSTEM =
  /\b(?:(freebsd|truenas|freenas|pfsense|opnsense|xigmanas|ghostbsd)|(netbsd)|(openbsd)|(dragonfly))\b/i;
const ROW_RELEASE = /^(?:freebsd )?(\d{1,2}\.\d{1,2}-[A-Za-z][\w.-]*)/i;

function tableRow(b: Builder, text: string): boolean {
  const m = ROW.exec(text);
  if (m === null) return false;
  const [name, value] = [m[1]!.toLowerCase(), m[2]!.trim()];
  if (name === 'architecture') {
    const arch = archNamed(/^x(?:86[-_])?64$/i.test(value) ? 'amd64' : value);
    if (arch !== undefined) b.statedArch ??= arch;
    return true;
  }
  const system = ROW_SYSTEM.exec(value);
  if (system !== null)
    b.saw(system[1] ? 'FreeBSD' : system[2] ? 'NetBSD' : system[3] ? 'OpenBSD' : 'DragonFly', 3);
  // FreeBSD's releases alone are written so.
  const release = ROW_RELEASE.exec(value);
  if (release === null || b.kernelQuality >= LABELLED || (b.systems.FreeBSD ?? 0) < 3) return true;
  const version: KernelVersion = { system: 'FreeBSD', release: release[1]!, text: value, span: b.span() };
  b.kernel = version;
  b.kernelQuality = LABELLED;
  return true;
}

function statedArch(b: Builder, text: string): boolean {
  const value = text.slice(text.indexOf(':') + 1).trim();
  const system = WITH_SYSTEM.exec(value)?.[1];
  const arch = archNamed(value.replace(WITH_SYSTEM, ''));
  if (arch === undefined) return false;
  b.statedArch ??= arch;
  if (system === undefined) return false;
  b.systemStated = true;
  b.saw(system as Exclude<System, 'unknown'>, 6, true);
  return true;
}

/** A debugger is most often of the machine that crashed. */
function weakSigns(b: Builder, system: string, arch: string): void {
  const low = system.toLowerCase();
  const name = (['FreeBSD', 'OpenBSD', 'NetBSD', 'DragonFly'] as const).find(
    (each) => each.toLowerCase() === low,
  );
  if (name !== undefined) b.saw(name, 1);
  const named = archNamed(arch);
  if (named !== undefined && named !== 'unknown') b.sawArch(named, 3);
}
