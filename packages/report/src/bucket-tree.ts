import { checkGiven, WANTED } from './given.js';
import { BUCKET_LEVELS, type Arch, type BucketLevel, type System, type Triage } from './types.js';

/** What a tree keeps of one report; the report itself can be let go. */
export interface Counted {
  /** The file's name. */
  file: string;
  title: string;
  system: System;
  arch: Arch;
  release?: string;
  /** Names for counting from coarse to fine; empty where the report must not be counted with others. */
  levels: readonly { level: BucketLevel; key: string; title: string }[];
  suppressed: boolean;
  corrupted: boolean;
}

/** The oldest and the newest release of a system among the reports of a node. */
export interface VersionRange {
  system: System;
  first: string;
  last: string;
}

/** Reports that share a name at one level, and those below it. */
export interface BucketNode {
  level: BucketLevel;
  key: string;
  /** No other node of the tree's level has this title. */
  title: string;
  count: number;
  versions: VersionRange[];
  arches: Arch[];
  /** How many a triager would set aside, and of how many title and frames cannot be trusted. */
  suppressed: number;
  corrupted: number;
  /** The most frequent first. */
  children: BucketNode[];
  /** Files that have no finer name. */
  files: string[];
}

/** A folder of reports, sorted from coarse to fine. */
export interface BucketTree {
  reports: number;
  nodes: BucketNode[];
  /** Reports in which nothing tells their bug from others; each stands alone. */
  apart: { file: string; title: string }[];
}

/** Takes from a report what a tree needs of it. @throws RangeError if those are none */
export function countedOf(file: string, report: Triage): Counted {
  checkGiven('countedOf', { file, report }, { file: WANTED.text, report: WANTED.triage });
  const finest = BUCKET_LEVELS.at(-1);
  const usable = report.unbucketed === undefined && report.buckets.some((each) => each.level === finest);
  return {
    file,
    title: report.title,
    system: report.system,
    arch: report.arch,
    ...(report.kernel?.release === undefined ? {} : { release: report.kernel.release }),
    levels: usable ? report.buckets : [],
    suppressed: report.suppressed !== undefined,
    corrupted: report.corrupted !== undefined,
  };
}

interface Growing extends BucketNode {
  byKey: Map<string, Growing>;
}

/**
 * Sorts reports into a tree, coarse to fine; the order of `found` decides nothing but that of the files.
 * @throws RangeError if that is no array of them
 */
export function bucketTree(found: readonly Counted[]): BucketTree {
  checkGiven('bucketTree', { found }, { found: WANTED.counted });
  const root = new Map<string, Growing>();
  const apart: BucketTree['apart'] = [];
  for (const each of found) {
    if (each.levels.length === 0) {
      apart.push({ file: each.file, title: each.title });
      continue;
    }
    let siblings = root;
    let node: Growing | undefined;
    for (const name of each.levels) {
      node = siblings.get(name.key);
      if (node === undefined) siblings.set(name.key, (node = emptyNode(name)));
      count(node, each);
      siblings = node.byKey;
    }
    node?.files.push(each.file);
  }
  const nodes = finished(root);
  tellApart(nodes);
  return { reports: found.length, nodes, apart };
}

function emptyNode({ level, key, title }: Counted['levels'][number]): Growing {
  return {
    level,
    key,
    title,
    count: 0,
    versions: [],
    arches: [],
    suppressed: 0,
    corrupted: 0,
    children: [],
    files: [],
    byKey: new Map(),
  };
}

function count(node: Growing, { system, arch, release, suppressed, corrupted }: Counted): void {
  node.count++;
  if (suppressed) node.suppressed++;
  if (corrupted) node.corrupted++;
  if (arch !== 'unknown' && !node.arches.includes(arch)) node.arches.push(arch);
  if (release === undefined || system === 'unknown') return;
  const range = node.versions.find((each) => each.system === system);
  if (range === undefined) node.versions.push({ system, first: release, last: release });
  else if (compareReleases(release, range.first, system) < 0) range.first = release;
  else if (compareReleases(release, range.last, system) > 0) range.last = release;
}

function finished(nodes: ReadonlyMap<string, Growing>): BucketNode[] {
  return [...nodes.values()]
    .map(({ byKey, ...node }) => ({
      ...node,
      arches: node.arches.sort(),
      versions: node.versions.sort((a, b) => compareText(a.system, b.system)),
      children: finished(byKey),
    }))
    .sort((a, b) => b.count - a.count || compareText(a.title, b.title) || compareText(a.key, b.key));
}

/** Gives nodes of one level that have the same title their keys into it. */
function tellApart(nodes: readonly BucketNode[]): void {
  const seen = new Map<string, BucketNode[]>();
  const visit = (node: BucketNode): void => {
    const name = `${node.level} ${node.title}`;
    seen.set(name, [...(seen.get(name) ?? []), node]);
    node.children.forEach(visit);
  };
  nodes.forEach(visit);
  for (const alike of seen.values())
    if (alike.length > 1) for (const node of alike) node.title = `${node.title} [${node.key}]`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The steps of a release cycle in their order. */
const STAGES = ['DEVELOPMENT', 'CURRENT', 'PRERELEASE', 'ALPHA', 'BETA', 'RC', 'RELEASE', 'STABLE'];

/**
 * Compares two releases of a system, such as `9.3-RELEASE-p5` and `13.0-CURRENT`: below 0 if `a` is the
 * older.
 * @throws RangeError if those are no strings
 */
export function compareReleases(a: string, b: string, system: System): number {
  const { text } = WANTED;
  checkGiven('compareReleases', { a, b, system }, { a: text, b: text, system: text });
  const left = partsOf(a, system);
  const right = partsOf(b, system);
  const differs = left.findIndex((part, i) => part !== right[i]);
  return differs < 0 ? compareText(a, b) : left[differs]! - right[differs]!;
}

/** Major, minor, third number, stage, and the number behind the stage. */
function partsOf(release: string, system: System): [number, number, number, number, number] {
  const [numbers = '', ...words] = release.split(/[-_ ]/);
  const [major = 0, minor = 0, third = 0] = numbers.split('.').map((each) => Number.parseInt(each, 10) || 0);
  const name = (words[0] ?? 'RELEASE').toUpperCase();
  const stage = STAGES.findIndex((each) => name.startsWith(each));
  // FreeBSD's CURRENT becomes the release whose number it has; OpenBSD's follows it.
  const order = system === 'OpenBSD' && name === 'CURRENT' ? STAGES.length : stage;
  return [major, minor, third, order, Number(/\d+/.exec(words.join('-'))?.[0] ?? 0)];
}
