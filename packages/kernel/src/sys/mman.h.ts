/** Memory management declarations: mmap(2) and relatives (sys/mman.h). */

/** Protections. */
export const PROT_NONE = 0x00;
export const PROT_READ = 0x01;
export const PROT_WRITE = 0x02;
export const PROT_EXEC = 0x04;
/** mmap: sharing (one of the two) and options. */
export const MAP_SHARED = 0x0001;
export const MAP_PRIVATE = 0x0002;
export const MAP_COPY = MAP_PRIVATE;
export const MAP_FIXED = 0x0010;
export const MAP_RENAME = 0x0020;
export const MAP_NORESERVE = 0x0040;
export const MAP_INHERIT = 0x0080;
export const MAP_NOEXTEND = 0x0100;
export const MAP_HASSEMAPHORE = 0x0200;
export const MAP_STACK = 0x0400;
export const MAP_NOSYNC = 0x0800;
export const MAP_ANON = 0x1000;
export const MAP_NOCORE = 0x00020000;
/** msync. */
export const MS_SYNC = 0x0000;
export const MS_ASYNC = 0x0001;
export const MS_INVALIDATE = 0x0002;
/** madvise. */
export const MADV_NORMAL = 0;
export const MADV_RANDOM = 1;
export const MADV_SEQUENTIAL = 2;
export const MADV_WILLNEED = 3;
export const MADV_DONTNEED = 4;
export const MADV_FREE = 5;
export const MADV_NOSYNC = 6;
export const MADV_AUTOSYNC = 7;
export const MADV_NOCORE = 8;
export const MADV_CORE = 9;
/** mincore: a byte for each page. */
export const MINCORE_INCORE = 0x1;
export const MINCORE_REFERENCED = 0x2;
export const MINCORE_MODIFIED = 0x4;
export const MINCORE_REFERENCED_OTHER = 0x8;
export const MINCORE_MODIFIED_OTHER = 0x10;
