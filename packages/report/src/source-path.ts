/*
 * The file in a message or an assertion is named as the compiler was called: from the folder of the build
 * (`../../../vm/x.c`), whole (`/usr/src/sys/vm/x.c`), from the tree of whoever builds it. It is one file
 * under the kernel's source, and its name alone is that of several.
 */

/** Folders at the top of the kernels' sources, of all four systems. */
const TOP = new Set(
  `adosfs altq amd64 arch arm arm64 bsm bus cam cddl coda compat conf contrib cpu crypto ddb dev emulation
  external filecorefs fs gdb geom gnu gpib i386 i4b ia64 isa isofs kern kgssapi lib libkern libsa miscfs modules
  mips msdosfs net net80211 netatalk netatm netbt netgraph netgraph7 netinet netinet6 netipsec netipx netkey
  netmpls netncp netnatm netpfil netproto netsmb nfs nfsclient nfsserver nlm ntfs ofed opencrypto opt pc98 pci
  platform posix4 powerpc pci riscv rpc rump scsi secmodel security sparc64 stand sys teken ufs uvm vfs vm x86 xdr
  xen`.split(/\s+/),
);

/** Without the folders that lead nowhere: `modules/zorp/../../dev`, and those that lead up to the source. */
function partsOf(path: string): { parts: string[]; up: boolean } {
  const parts: string[] = [];
  let up = false;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) up = true;
  }
  return { parts, up };
}

/** Is the sign in front of a path that link, and none that sets the path off? */
export function beginsWithLink(path: string): boolean {
  const [sign, top, ...rest] = path.split('/');
  // In `sys/sys` are no folders: `@/sys/vm/x.c`.
  return sign === '@' && TOP.has(top ?? '') && (top !== 'sys' || rest.length === 1);
}

/**
 * The index of the first part under the kernel's source; 0: the path tells none above it, -1: it is in none.
 */
function rootOf(parts: readonly string[], up: boolean, absolute: boolean): number {
  const last = parts.length - 1;
  // The modules of a kernel have a link to it.
  const link = parts.indexOf('@');
  if (link >= 0 && TOP.has(parts[link + 1] ?? '')) return link + 1;
  const known = parts.findIndex((each, i) => each === 'sys' && i + 1 < last && TOP.has(parts[i + 1]!));
  if (known >= 0) return known + 1;
  // `sys/sys` has files, and no folders of them.
  if (!absolute && parts[0] === 'sys' && last > 1 && /\.[cS]$/i.test(parts[last]!)) return 1;
  if (up || !absolute) return 0;
  // What the kernel has from beside its own source: `/usr/src/common`, `/usr/src/external`.
  return parts.indexOf('sys') + 1 || parts.indexOf('src') + 1 || -1;
}

/**
 * A file of a kernel by its path under the kernel's source, whoever built it and where. What a build has made
 * itself, in a folder of its configuration's name, has that of the file alone.
 */
export function sourcePath(path: string): string {
  const { parts, up } = partsOf(path);
  const made = parts.indexOf('compile');
  if (made >= 0 && made + 2 < parts.length) return parts.slice(made + 2).join('/');
  const root = rootOf(parts, up, path.startsWith('/'));
  const ports = parts.indexOf('work');
  // What is built as a port has its version in the name of its folder.
  if (root < 0 && ports >= 0 && ports + 2 < parts.length) return parts.slice(ports + 2).join('/');
  // Of no kernel's source: the folder tells it from others of its name.
  if (root < 0) return parts.slice(-2).join('/');
  const isConfig = root > 0 && root + 1 < parts.length && /^[A-Z][A-Z\d_.-]+$/.test(parts[root]!);
  return parts.slice(isConfig ? root + 1 : root).join('/');
}
