/** <glob.h> */

export const GLOB_APPEND = 0x0001; // to what is there
export const GLOB_MARK = 0x0008; // a slash behind directories
export const GLOB_NOCHECK = 0x0010; // the pattern itself if nothing matches
export const GLOB_NOSORT = 0x0020; // as the directory has them
export const GLOB_NOMAGIC = 0x0200; // NOCHECK for what has no magic characters
export const GLOB_NOSPACE = -1;
export const GLOB_ABORTED = -2;
/** Not of 2001: in its place there was gl_pathc 0. */
export const GLOB_NOMATCH = -3;

/**
 * The paths that a pattern matched.
 * @lock p the program
 */
export interface glob_t extends struct {
  gl_pathc: int; // (p) how many
  gl_matchc: int; // (p) how many by the last call
  gl_room: int; // (p) room in gl_pathv
  gl_flags: int; // (p) GLOB_*
  gl_pathv: ptr<str>; // (p) they, and a null
}
