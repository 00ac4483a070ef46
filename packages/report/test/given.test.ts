import { expect, it } from 'vitest';
import { renderPage } from '../src/html/page.js';
import {
  bucketTree,
  compareReleases,
  compareReports,
  countedOf,
  explain,
  isOurKernel,
  parseReport,
  renderReport,
  signatureParts,
  signatureText,
  stableMessage,
  titleOf,
} from '../src/index.js';

/* What a program in JavaScript may leave out, or mistake: it is named in one line, with what is accepted. */

const TEXT = 'panic: ffs_write: dir write\npanic() at panic+0x43\nffs_write() at ffs_write+0x2f\n';
const report = parseReport(TEXT);
const wrong = <T>(value: unknown): T => value as T;
const none = wrong<never>(undefined);

const CALLS: [() => unknown, RegExp][] = [
  [() => renderReport(none), /^renderReport: no report; accepted: what parseReport\(\) gives$/],
  [() => renderReport(wrong(TEXT)), /^renderReport: report \(a long string\): accepted: what parseReport/],
  [() => renderReport(report, wrong(5)), /^renderReport: options 5: accepted: an object of options$/],
  [() => renderReport(report, { columns: 0 }), /^renderReport: columns 0: accepted: a number from 1 on$/],
  [
    () => renderReport(report, { widht: 70 } as never),
    /^renderReport: no option widht; accepted: text, brief, columns, style$/,
  ],
  [() => renderReport(report, { columns: Number.NaN }), /^renderReport: columns NaN: accepted: /],
  [() => renderReport(report, { text: wrong(5) }), /^renderReport: text 5: accepted: a string$/],
  [() => renderReport(report, { brief: wrong('no') }), /^renderReport: brief "no": accepted: true or false$/],
  [() => renderReport(report, { style: wrong('x') }), /^renderReport: style "x": accepted: a function$/],
  [() => renderPage(none, TEXT), /^renderPage: no report; accepted: what parseReport/],
  [() => renderPage(report, none), /^renderPage: no text; accepted: a string$/],
  [() => renderPage(report, TEXT, { name: wrong(5) }), /^renderPage: name 5: accepted: a string$/],
  [() => explain(none), /^explain: no report; accepted: what parseReport/],
  [() => explain(wrong({})), /^explain: report \(an object\): accepted: what parseReport/],
  [() => compareReports(report, none), /^compareReports: no b; accepted: what parseReport/],
  [() => compareReports(wrong(null), report), /^compareReports: a null: accepted: what parseReport/],
  [() => countedOf('a', none), /^countedOf: no report; accepted: what parseReport/],
  [() => countedOf(wrong(report), report), /^countedOf: file \(an object\): accepted: a string$/],
  [() => bucketTree(none), /^bucketTree: no found; accepted: an array of what countedOf\(\) gives$/],
  [() => bucketTree(wrong([report])), /^bucketTree: found \(an array\): accepted: an array of what counted/],
  [() => compareReleases('1', none, 'FreeBSD'), /^compareReleases: no b; accepted: a string$/],
  [() => titleOf(none, report), /^titleOf: no parts; accepted: what signatureParts\(\) gives$/],
  [() => titleOf(report.signatureParts, none), /^titleOf: no event; accepted: a panic, as parseReport/],
  [() => titleOf(wrong(report), report), /^titleOf: parts \(an object\): accepted: what signatureParts/],
  [() => signatureParts(none), /^signatureParts: no event; accepted: a panic, as parseReport/],
  [() => signatureText(none), /^signatureText: no parts; accepted: what signatureParts/],
  [() => stableMessage(none), /^stableMessage: no message; accepted: a string$/],
  [() => isOurKernel(none), /^isOurKernel: no report; accepted: what parseReport/],
];

it('each call names what it has not got, or what is something else', () => {
  for (const [call, message] of CALLS) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  }
});

it('and takes what it gives: a report that was written down and read again, the narrowest of outputs', () => {
  const again = JSON.parse(JSON.stringify(report)) as typeof report;
  expect(renderReport(again, { text: TEXT, columns: 1, brief: true })).toContain('In short');
  expect(compareReports(report, again).verdict).toBe('same');
  expect(bucketTree([countedOf('a', again)]).reports).toBe(1);
  expect(titleOf(signatureParts(again), again)).toBe(report.title);
});
