/** Sizes, priorities and sleep flags (sys/param.h, sys/priority.h, i386/include/param.h). */
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;
export const PAGE_MASK = 4095;
export const NBPDR = 4194304;
export const PDRSHIFT = 22;
export const PDRMASK = 4194303;
export const NPTEPG = 1024;
export const NPDEPG = 1024;
export const DEV_BSIZE = 512;
export const DEV_BSHIFT = 9;
export const MAXPHYS = 131072;
export const DFLTPHYS = 65536;
export const MAXCPU = 8;
export const UPAGES = 2;
export const MAXCOMLEN = 16;
/** Longest path name, NUL included. */
export const MAXPATHLEN = 1024;
export const NOFILE = 64;
export const NULLADDR = 0;
export const TRUE = true;
export const FALSE = false;

/** Priorities, low numbers first (sys/priority.h of 2001). */
export const PI_REALTIME = 12;
export const PI_AV = 16;
export const PI_TTYHIGH = 20;
export const PI_TAPE = 24;
export const PI_NET = 28;
export const PI_DISK = 36;
export const PI_SOFT = 48;
export const PSWP = 68;
export const PVM = 72;
export const PINOD = 76;
export const PRIBIO = 80;
export const PVFS = 84;
export const PZERO = 88;
export const PSOCK = 92;
export const PWAIT = 96;
export const PCONFIG = 100;
export const PLOCK = 104;
export const PPAUSE = 108;
export const PRI_MIN_TIMESHARE = 160;
export const PUSER = 160;
export const PRI_MAX_TIMESHARE = 223;
export const PRI_MIN_IDLE = 224;
export const PRI_MAX_IDLE = 255;
export const PRIMASK = 0xff;
/** msleep flags, or-ed into the priority. */
export const PCATCH = 0x100;
export const PDROP = 0x200;
