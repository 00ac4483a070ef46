// Made by `npm run imports`. Variables that files other than their own assign to: TypeScript cannot import
// such.
// biome-ignore-all format: generated
declare let all_cpus: u_int;
declare let avail_end: import('./sys/types.h.js').vm_offset_t;
declare let cold: int;
declare let initproc: import('./sys/proc.h.js').proc;
declare let kernel_vm_end: import('./sys/types.h.js').vm_offset_t;
declare let nkpt: int;
declare let nprocs: int;
declare let pmap_pagedaemon_waken: int;
declare let pv_entry_count: int;
declare let rootvnode: import('./sys/vnode.h.js').vnode;
declare let runq_held: int;
declare let swap_pager_full: int;
declare let swapblist: import('./sys/blist.h.js').blist;
declare let vm_page_zero_count: int;
declare let vm_pageout_deficit: int;
declare let vm_pageout_req_swapout: int;
declare let vm_swap_size: int;
declare let witness_watch: int;
