/**
 * Tokens, and the coding of words (parser.h, token.h).
 *
 * The text of a word is its characters, each that was quoted behind a CTLESC, and for what is to be
 * substituted:
 *   CTLVAR subtype name = word CTLENDVAR   a variable; the subtype is VS* with VSNUL (a colon) and VSQUOTE
 *   CTLBACKQ or CTLBACKQ | CTLQUOTE        the next command of the word's list, not quoted or quoted
 *   CTLARI text CTLENDARI                  arithmetic
 *   CTLQUOTEMARK                           quotes with nothing in between: an argument, though an empty one
 * Characters with these codes in the source stand behind a CTLESC, too.
 */

export const CTLESC = 0x81;
export const CTLVAR = 0x82;
export const CTLENDVAR = 0x83;
export const CTLBACKQ = 0x84;
export const CTLQUOTE = 0x01;
export const CTLARI = 0x86;
export const CTLENDARI = 0x87;
export const CTLQUOTEMARK = 0x88;

export const VSTYPE = 0x0f;
export const VSNUL = 0x10;
export const VSQUOTE = 0x20;
export const VSNORMAL = 1; // $var
export const VSMINUS = 2; // ${var-text}
export const VSPLUS = 3; // ${var+text}
export const VSQUESTION = 4; // ${var?message}
export const VSASSIGN = 5; // ${var=text}
export const VSTRIMLEFT = 6; // ${var#pattern}
export const VSTRIMLEFTMAX = 7; // ${var##pattern}
export const VSTRIMRIGHT = 8; // ${var%pattern}
export const VSTRIMRIGHTMAX = 9; // ${var%%pattern}
export const VSLENGTH = 10; // ${#var}

/** What pgetc gives at the end. */
export const PEOF = -1;

export const TEOF = 0;
export const TNL = 1;
export const TSEMI = 2;
export const TBACKGND = 3;
export const TAND = 4;
export const TOR = 5;
export const TPIPE = 6;
export const TLP = 7;
export const TRP = 8;
export const TENDCASE = 9;
export const TREDIR = 10;
export const TWORD = 11;
/** The reserved words from here on. */
export const TNOT = 12;
export const TCASE = 13;
export const TDO = 14;
export const TDONE = 15;
export const TELIF = 16;
export const TELSE = 17;
export const TESAC = 18;
export const TFI = 19;
export const TFOR = 20;
export const TIF = 21;
export const TTHEN = 22;
export const TUNTIL = 23;
export const TWHILE = 24;
export const TBEGIN = 25;
export const TEND = 26;
