/** <regex.h> */

/** regcomp */
export const REG_BASIC = 0;
export const REG_EXTENDED = 0x01;
export const REG_ICASE = 0x02; // without regard to case
export const REG_NOSUB = 0x04; // only whether it matches
export const REG_NEWLINE = 0x08; // a newline ends a line
/** regexec */
export const REG_NOTBOL = 0x01; // the string does not begin a line
export const REG_NOTEOL = 0x02; // nor end one
export const REG_STARTEND = 0x04; // pmatch[0] says which part of the string is meant
/** Errors */
export const REG_NOMATCH = 1;
export const REG_BADPAT = 2;
export const REG_ECOLLATE = 3;
export const REG_ECTYPE = 4;
export const REG_EESCAPE = 5;
export const REG_ESUBREG = 6;
export const REG_EBRACK = 7;
export const REG_EPAREN = 8;
export const REG_EBRACE = 9;
export const REG_BADBR = 10;
export const REG_ERANGE = 11;
export const REG_ESPACE = 12;
export const REG_BADRPT = 13;
export const REG_EMPTY = 14;
/** Largest count of {m,n}. */
export const RE_DUP_MAX = 255;

/** Instructions of a compiled expression. Targets are relative. */
export const _RE_CHAR = 0; // the character x
export const _RE_ANY = 1;
export const _RE_SET = 2; // one of set x
export const _RE_SPLIT = 3; // go on at x, or at y
export const _RE_JMP = 4; // go on at x
export const _RE_SAVE = 5; // note the place as end x
export const _RE_BOL = 6;
export const _RE_EOL = 7;
export const _RE_BOW = 8; // beginning of a word
export const _RE_EOW = 9; // end of a word
export const _RE_BACK = 10; // what group x matched
export const _RE_MATCH = 11;

/**
 * An instruction.
 * @lock p the program
 */
export interface _reinst extends struct {
  ri_op: int; // (p) _RE_*
  ri_x: int; // (p) operand
  ri_y: int; // (p) second target of a split
}

/**
 * A set of characters.
 * @lock p the program
 * @size 32
 */
export interface _reset extends struct {
  rs_bits: array<u32, 8>; // (p) one bit a character
}

/**
 * A compiled expression.
 * @lock p the program
 */
export interface regex_t extends struct {
  re_nsub: u32; // (p) groups
  re_flags: int; // (p) REG_* of regcomp
  re_prog: _reinst; // (p) instructions
  re_len: int; // (p) how many
  re_room: int; // (p) room for as many
  re_sets: _reset; // (p) sets
  re_nsets: int; // (p) how many
  re_backrefs: int; // (p) there is one to what a group matched
}

/**
 * Where something matched: offsets in the string, -1 if it did not.
 * @lock p the program
 * @size 8
 */
export interface regmatch_t extends struct {
  rm_so: int; // (p) start
  rm_eo: int; // (p) end
}
