/** Directory entries as getdirentries(2) returns them (sys/dirent.h). */
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const MAXNAMLEN = 255;
/** A directory's offsets move in such blocks; no entry crosses one. */
export const DIRBLKSIZ = 512;

/**
 * One entry. Only d_reclen bytes of it are there.
 * @lock k the process that reads the directory
 */
export interface dirent extends struct {
  d_fileno: u32; // (k) file number
  d_reclen: u16; // (k) length of this record, a multiple of 4
  d_type: u8; // (k) DT_*
  d_namlen: u8; // (k) length of the name without its NUL
  d_name: array<char, 256>; // (k) the name
}

/** Locks: none. Bytes of an entry with a name of `namlen` characters. @inline */
export function GENERIC_DIRSIZ(namlen: int): int {
  return 8 + ((namlen + 1 + 3) & ~3);
}
