/** Kin of the systems, by what stands in their version lines and build paths. */
const PRODUCTS: readonly [mark: RegExp, product: string][] = [
  [/pfSense|plus-RELENG|plus-devel/i, 'pfSense'],
  [/OPNsense/i, 'OPNsense'],
  [/HardenedBSD|-HBSD\b/i, 'HardenedBSD'],
  [/TrueNAS/i, 'TrueNAS'],
  [/FreeNAS/i, 'FreeNAS'],
  [/XigmaNAS|NAS4Free/i, 'XigmaNAS'],
  [/GhostBSD/i, 'GhostBSD'],
  [/MidnightBSD/i, 'MidnightBSD'],
  [/NomadBSD/i, 'NomadBSD'],
  [/helloSystem/i, 'helloSystem'],
  [/\bBSDRP/, 'BSDRP'],
  [/CheriBSD/i, 'CheriBSD'],
  [/TrueOS|PC-?BSD/i, 'TrueOS'],
  [/\bBitrig\b/, 'Bitrig'],
  [/\btrap12\b/, 'trap12'],
];

const ANY_PRODUCT =
  /sense|plus-|hbsd|hardened|nas|ghost|midnight|nomad|hellosystem|bsdrp|cheri|true|pc-?bsd|bitrig|trap12/i;

/** Names with which the version of a kernel begins. */
export const VERSION_NAMES =
  'FreeBSD|OpenBSD|NetBSD|DragonFly|trap12|MidnightBSD|HardenedBSD|GhostBSD|CheriBSD|Bitrig';

/** The kin that a version line or a build path is of, if it is of one. */
export function productOf(text: string): string | undefined {
  if (!ANY_PRODUCT.test(text)) return undefined;
  return PRODUCTS.find(([mark]) => mark.test(text))?.[1];
}

/** Those that number their releases themselves: what stands behind their names is none of the system's. */
export const OWN_NUMBERS = /^(?:MidnightBSD|GhostBSD|CheriBSD|Bitrig)$/;
