/** ls(1): what its parts share (ls.h, extern.h). */
import type { struct_stat } from '../../include/sys/stat.h.js';

/**
 * A file to be listed.
 * @lock p the program
 */
export interface item extends struct {
  i_next: item; // (p) the next one while a directory is read
  i_name: str; // (p) what is shown
  i_path: str; // (p) how it is found
  i_sb: embed<struct_stat>; // (p) its status
}

/**
 * Files to be shown together, and how wide their columns are.
 * @lock p the program
 */
export interface display extends struct {
  d_list: ptr<item>; // (p) they, in order
  d_n: int; // (p) how many
  d_btotal: i64; // (p) blocks of 512 bytes
  d_maxlen: int; // (p) longest name
  d_inode: int; // (p) widths: file number
  d_block: int; // (p) blocks
  d_nlink: int; // (p) links
  d_user: int; // (p) owner
  d_group: int; // (p) group
  d_size: int; // (p) size
  d_special: int; // (p) there is a device among them
}
