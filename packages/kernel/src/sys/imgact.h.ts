/**
 * Executable files and the image activators (sys/imgact.h, sys/imgact_aout.h, sys/exec.h).
 *
 * Format. An executable is an a.out file of the QMAGIC kind, demand-paged, as FreeBSD 2.x made them:
 *
 *     file offset                        address
 *     0            exec_hdr, text        0x1000 .. 0x1000 + a_text        read, execute; shared, from the vnode
 *     a_text       data                  0x1000 + a_text .. + a_data      read, write; private copy, from the vnode
 *                  bss                   behind it, a_bss rounded up      read, write; anonymous, zero
 *
 * a_text and a_data are multiples of the page size, the header is the first 32 bytes of the text, a_entry
 * lies in the text. Page 0 stays unmapped, so a null pointer faults. The heap (obreak) starts behind the bss.
 * The stack ends at USRSTACK:
 *
 *     USRSTACK - 16                      struct ps_strings (its address is in %ebx when the program starts)
 *     below                              SIGCODE_SIZE bytes for the signal trampoline, SPARE_USRSPACE bytes of nothing
 *     below                              argument and environment strings, as execve copied them in
 *     below                              argc, argv[0..argc-1], 0, envp[0..], 0        <- %esp when the program starts
 *
 * A file that starts with "#!" is a script: its interpreter is executed with the words of that line and the
 * script's name before the other arguments.
 */
import type { vm_object } from '../vm/vm_object.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import type { proc } from './proc.h.js';
import type { off_t } from './types.h.js';
import type { vnode } from './vnode.h.js';

export const OMAGIC = 0x107; // 0407: writable text (refused)
export const QMAGIC = 0xcc; // 0314: the format above
export const MID_I386 = 134;
/** a_midmag of our programs: MID_I386 << 16 | QMAGIC. */
export const EXEC_MIDMAG = 0x008600cc;
export const EXEC_HDR_SIZE = 32;
/** Address of the text. */
export const EXEC_TEXT_ADDR = 0x1000;
/** "#!" as a little-endian short. */
export const SHELLMAGIC = 0x2123;
export const MAXSHELLCMDLEN = 64;
/**
 * Room for argument and environment strings of one execve. FreeBSD has 65536; the buffer is wired memory
 * here.
 */
export const ARG_MAX = 32768;
export const SIGCODE_SIZE = 64;
export const SPARE_USRSPACE = 192;
export const PS_STRINGS = 0xbfbffff0; // USRSTACK - sizeof(struct ps_strings)
/** Pages of the executable to read in at once with the first (vm/vm_fault.h: VM_INITIAL_PAGEIN). */
export const VM_INITIAL_PAGEIN = 16;

/**
 * The header of an executable file (struct exec).
 * @lock x contents of a file
 * @size 32
 */
export interface exec_hdr extends struct {
  a_midmag: u32; // (x) flags << 26 | machine id << 16 | magic
  a_text: u32; // (x) bytes of text, header included
  a_data: u32; // (x) bytes of initialised data
  a_bss: u32; // (x) bytes of zero data
  a_syms: u32; // (x) bytes of symbols behind the data
  a_entry: u32; // (x) address where the program starts
  a_trsize: u32; // (x) text relocations, 0
  a_drsize: u32; // (x) data relocations, 0
}

/**
 * Where a program's arguments are, for ps(1); at PS_STRINGS.
 * @lock k written by execve, then the program's own
 * @size 16
 */
export interface ps_strings_t extends struct {
  ps_argvstr: u32; // (k) address of argv
  ps_nargvstr: int; // (k) argc
  ps_envstr: u32; // (k) address of envp
  ps_nenvstr: int; // (k) number of environment strings
}

/**
 * State of one execve.
 * @lock k the process that executes
 */
export interface image_params extends struct {
  ip_proc: proc; // (k) the process
  ip_argv: u32; // (k) argument vector
  ip_envv: u32; // (k) environment vector
  ip_segflg: int; // (k) where the vectors are: UIO_USERSPACE always, but named for the reader
  ip_vp: vnode; // (k) the file, referenced
  ip_object: vm_object; // (k) its object
  ip_size: off_t; // (k) its size
  ip_fname: str; // (k) name as given, in ip_strings' buffer
  ip_interpreter_name: str; // (k) interpreter of a script, in the buffer
  ip_stringbase: u32; // (k) buffer of strings, ARG_MAX bytes
  ip_stringp: u32; // (k) first free byte of it
  ip_stringspace: int; // (k) bytes left
  ip_argc: int; // (k) arguments so far
  ip_envc: int; // (k) environment strings so far
  ip_argv0: str; // (k) replaces argv[0] if not null (scripts)
  ip_entry_addr: u32; // (k) start of the program
  ip_image_header: u32; // (k) kernel address at which the first page is mapped
  ip_firstpage: vm_page; // (k) that page, wired, or null
  ip_vmspace_destroyed: int; // (k) the old address space is gone: an error now kills
  ip_interpreted: int; // (k) the file is a script and its interpreter is to be executed
}

/** An image activator: errno, or -1 if the file is not of its format. */
export type imgact_t = (imgp: image_params) => Sleeps<int>;
