/*
 * Words by which a sentence tells of another machine or another kernel than the one that crashed, or of a day
 * when it did not. Whoever asks adds what else can be said at its place.
 */

const OTHERS =
  'another|other|both|also|same|unlike|works?|worked|working|fine|ok(?:ay)?|not|never|since|until|before|instead';

/** One of those words, or of these. */
export const ofOthers = (more: string): RegExp => new RegExp(`\\b(?:${OTHERS}|${more})\\b`, 'i');
/** The same, and what else denies. */
export const ofOthersOrDenied = (more: string): RegExp =>
  new RegExp(`\\b(?:${OTHERS}|${more})\\b|n't\\b`, 'i');
