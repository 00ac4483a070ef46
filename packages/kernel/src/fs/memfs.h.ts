/**
 * The memory file system, and the format of its root image.
 *
 * Where the data of a regular file are, page by page, the first that applies:
 *   1. in the vnode's object (v_object, OBJT_VNODE), if the page is resident and valid there: the file is
 *      mapped, and a mapped page may have been written to by a program;
 *   2. in the file's own anonymous object (mn_aobj, OBJT_DEFAULT, or OBJT_SWAP once it was paged out), if it
 *      has the page, in memory or on swap: the page was written by write(2), truncated, or paged out of 1;
 *   3. in the root image, which the loader left in memory behind the kernel, below mn_imgsize;
 *   4. nowhere: zeros.
 * write(2) writes to 2, and to 1 too if the page is there; read(2) takes the first. So read, write and mmap
 * always agree, and what was never written stays in the image and is not copied but into the pages of
 * mappings.
 *
 * Root image: what packages/userland makes and the loader places at mdroot_start (page-aligned kernel virtual
 * address), mdroot_size bytes, wired. Records follow one another, each at a multiple of 4 from the start:
 *
 *     offset  0   u32  magic    MDROOT_MAGIC, the bytes "MFS1"
 *             4   u32  mode     type and permissions as in st_mode: S_IFREG, S_IFDIR, S_IFCHR or S_IFLNK with bits 0-0777
 *             8   u32  pathlen  bytes of the path, without a NUL
 *            12   u32  datalen  bytes of data
 *            16        path     "bin/dd": from the root, no slash at either end; padded to a multiple of 4
 *                      data     S_IFREG: at the next multiple of 4096 from the start of the image (so pages can be used
 *                               where they lie); S_IFLNK: the target, right here; S_IFCHR: the device as a
 *                               u32, right here; S_IFDIR: none. datalen 0: nothing, and no padding to 4096.
 *     the next record at the next multiple of 4 behind the data.
 *
 * A record with magic 0, or mdroot_size, ends the image. Directories that were not listed before their
 * contents are made with mode 0755. The empty path with S_IFDIR sets the mode of the root.
 */
import type { caddr_t, dev_t, uid_t } from '../sys/types.h.js';
import type { vnode } from '../sys/vnode.h.js';
import type { vm_object } from '../vm/vm_object.h.js';

export const MDROOT_MAGIC = 0x3153464d;
/** Most bytes of a file: what keeps its page index, and the anonymous object, small. */
export const MEMFS_MAXFILESIZE = 0x3fffffff;
export const MEMFS_MAXPAGES = 0x40000;

/**
 * The head of a record of the root image.
 * @lock c constant
 * @size 16
 */
export interface mdroot_rec extends struct {
  mr_magic: u32; // (c) MDROOT_MAGIC
  mr_mode: u32; // (c) type and permissions
  mr_pathlen: u32; // (c) bytes of the path
  mr_datalen: u32; // (c) bytes of data
}

/**
 * A file.
 * @lock G Giant
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock u the vnode's lock, exclusive to write
 * @lock c constant after creation
 */
export interface memnode extends struct {
  mn_vnode: vnode; // (c) its vnode: one for as long as the node lives
  mn_ino: u32; // (c) file number
  mn_mode: u16; // (G) permissions
  mn_nlink: u16; // (G) directory entries
  mn_uid: uid_t; // (G) owner
  mn_gid: u32; // (G) group
  mn_atime: int; // (G) last read, seconds
  mn_mtime: int; // (G) last write
  mn_ctime: int; // (G) last change of the node
  mn_rdev: dev_t; // (c) device
  mn_size: u32; // (G,V) bytes
  mn_image: caddr_t; // (V) its data in the root image, 0 if none (symbolic link: its target)
  mn_imgsize: u32; // (V) bytes there that still count
  mn_aobj: vm_object; // (V) anonymous object with what was written, null if nothing was
  mn_entries: embed<TAILQ_HEAD<memdirent>>; // (u) directory: its entries but "." and ".."
  mn_parent: memnode; // (G) directory: its parent; the root's is itself
  mn_nextoff: int; // (u) directory: offset of the next new entry
}

/**
 * A directory entry; the name follows the struct.
 * @lock u the directory's vnode lock, exclusive to write
 * @lock c constant after creation
 */
export interface memdirent extends struct {
  me_list: embed<TAILQ_ENTRY<memdirent>>; // (u) entries, by me_off
  me_node: memnode; // (c) the file
  me_off: int; // (c) its offset for getdirentries, ascending
  me_namelen: int; // (c) length of the name
}
