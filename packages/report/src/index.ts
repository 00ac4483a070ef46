export { parseReport, triageReport } from './parse-report.js';
export {
  type BucketNode,
  type BucketTree,
  bucketTree,
  compareReleases,
  type Counted,
  countedOf,
  type VersionRange,
} from './bucket-tree.js';
export { compareReports, type Comparison, type Verdict } from './compare.js';
export { culpritIndex, ownFrames } from './culprit.js';
export { FUNCTIONS, isHelper, plainName, roleOf } from './functions/index.js';
export { isOurKernel } from './derive/our-kernel.js';
export { decodeText } from './normalise.js';
export { type Explanation, explain, type Section, type SectionStyle } from './present/explanation.js';
export type { Item } from './present/item.js';
export { type Emphasis, renderReport, type RenderOptions } from './present/text.js';
export { counted, listed, processText, systemText } from './present/words.js';
export { COLUMNS, printable, wrap } from './present/wrap.js';
export { REPORT_SCHEMA } from './schema.js';
export { signatureParts, signatureText, titleOf } from './signature.js';
export { stableMessage } from './stable-message.js';
export { hexAdd, hexDiff, hexNumber, hexOf } from './scan.js';
export * from './types.js';
