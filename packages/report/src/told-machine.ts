import { ofOthers } from './other-words.js';
import { archOfPort, PORT_NAME } from './arch-names.js';
import type { Line } from './line.js';
import { isOfAnother } from './told-version.js';
import type { Arch, System } from './types.js';

/*
 * What a writer's own lines say of system and architecture beside a release: `NetBSD/alpha 4.0.1`,
 * `13.1-RELEASE-p2 GENERIC amd64`, `OpenBSD 7.0 arm64`.
 */

const ARCHES =
  '(amd64|x86_64|i[3-6]86|arm64|aarch64|riscv(?:64)?|powerpc(?:64(?:le)?)?|sparc64|macppc|(?:mips64(?:el|eb)?)|sgimips|evbmips|octeon|loongson|alpha|hppa|m68k|mac68k|vax)';
/** With a stroke between it and the system or its release, any port is told. */
const PORTS = `(${PORT_NAME})`;
const SUFFIX =
  '(?:-(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\\d{0,2})|_(?:STABLE|BETA\\d?|RC\\d?))(?:-p\\d{1,2})?';
const NUMBER = '\\d{1,2}\\.\\d{1,3}(?:\\.\\d{1,3})?';
const BETWEEN =
  '(?: release| running| on| #\\d{1,3}| \\(?(?:GENERIC|SMP|XEN\\w{0,12})[\\w.-]{0,20}\\)?:?|,? \\S{1,12}-n\\d{5,7}-[0-9a-f]{7,12}:?){0,3}';

/** A release or a system's name, and the architecture at once behind it. */
const SAID: readonly RegExp[] = [
  `\\b(FreeBSD|NetBSD|OpenBSD|DragonFly)/${PORTS} v?${NUMBER}`,
  `\\b(FreeBSD|NetBSD|OpenBSD|DragonFly)[ -]v?${NUMBER}(?:${SUFFIX})?/${PORTS}\\b`,
  `\\b(FreeBSD|NetBSD|OpenBSD|DragonFly)[ -]v?${NUMBER}(?:${SUFFIX})?${BETWEEN}[ /,]{1,2}\\(?${ARCHES}\\b`,
  `(?<![\\w.-])()\\d{1,2}\\.99\\.\\d{1,3}[ /,]{1,2}\\(?${ARCHES}\\b`,
  `(?<![\\w.-])()${NUMBER}${SUFFIX}${BETWEEN}[ /,]{1,2}\\(?${ARCHES}\\b`,
  `\\b()(?:MidnightBSD|GhostBSD|HardenedBSD|CheriBSD|NomadBSD|BSDRP|OPNsense|pfSense|FreeNAS|TrueNAS)(?: CORE| Plus| CE)?[ -]v?${NUMBER}(?:${SUFFIX}|-U\\d[\\d.]{0,3})?${BETWEEN}[ /,]{1,2}\\(?${ARCHES}\\b`,
].map((each) => new RegExp(each, 'gi'));

/** The name of a port: it says what a text is about, and not always that the machine was one. */
const PORT = new RegExp(`\\b(?:FreeBSD|NetBSD|OpenBSD)/${PORTS}\\b(?! v?\\d|[/-])`, 'gi');

/** What tells of a machine that is not the one that crashed, or of several. */
const OTHER = ofOthers('hosts?|hypervisor|dom0 is|cross|images?|iso|from|packages?|all|any');

interface Told {
  system?: System;
  arch?: Arch;
  /** The one port that is spoken of, with or without a release. */
  port?: Arch;
}

/**
 * The one system and the one architecture that prose names beside a release; nothing if they differ.
 *
 * @param lines those of `numberedLines`, and those with the name of a port
 */
export function toldMachine(lines: readonly Line[]): Told {
  const systems = new Set<System>();
  const arches = new Set<Arch>();
  const ports = new Set<Arch>();
  for (const { text: printed } of lines) {
    if (printed.length > 2000 || !/\d\.\d|BSD\//.test(printed)) continue;
    // A page's marks stand around any word.
    const text = printed.replace(/[*`]/g, '');
    for (const m of text.matchAll(PORT)) {
      const port = archOfPort(m[1]!);
      if (port !== undefined) ports.add(port);
    }
    for (const said of SAID) {
      for (const m of text.matchAll(said)) {
        const end = m.index + m[0].length;
        if (OTHER.test(clauseAround(text, m.index, end)) || isOfAnother(text, m.index, end)) return {};
        const arch = archOfPort(m[2]!);
        if (arch !== undefined) arches.add(arch);
        const system = SYSTEMS.find((each) => each.toLowerCase() === m[1]!.toLowerCase());
        if (system !== undefined) systems.add(system);
      }
    }
  }
  const out: Told = {};
  if (systems.size === 1) out.system = [...systems][0]!;
  if (arches.size === 1) out.arch = [...arches][0]!;
  if (ports.size === 1) out.port = [...ports][0]!;
  return out;
}

const SYSTEMS = ['FreeBSD', 'NetBSD', 'OpenBSD', 'DragonFly'] as const;

/** What stands on both sides of a place up to the next comma or stop. */
function clauseAround(text: string, from: number, to: number): string {
  const before = /[^,.;:(]{0,80}$/.exec(text.slice(0, from))?.[0] ?? '';
  const behind = /^[^,.;:)]{0,80}/.exec(text.slice(to))?.[0] ?? '';
  return `${before} ${behind}`;
}
