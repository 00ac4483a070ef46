/** <dirent.h> */

/**
 * An open directory.
 * @lock p the program
 */
export interface DIR extends struct {
  dd_fd: int; // (p) the descriptor
  dd_loc: int; // (p) where in the buffer the next entry is
  dd_size: int; // (p) bytes in the buffer
  dd_buf: array<char, 4096>; // (p) entries as getdirentries(2) gave them
}
