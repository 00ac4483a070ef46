export { parseReport } from './parse-report.js';
export { type ExplainReportArgs, explainReportCommand, type ReportIo } from './cli.js';
export { culpritIndex, isHelper } from './helpers.js';
export { decodeText } from './normalise.js';
export { renderReport } from './render.js';
export { REPORT_SCHEMA } from './schema.js';
export { signatureParts, signatureText, stableMessage, titleOf } from './signature.js';
export { hexAdd, hexDiff, hexNumber, hexOf } from './text.js';
export * from './types.js';
