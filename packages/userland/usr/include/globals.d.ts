// Made by `npm run imports`. Variables that files other than their own assign to: TypeScript cannot import
// such.
// biome-ignore-all format: generated
declare let __progname: str;
declare let arg0: str;
declare let blocksize: int;
declare let commandname: str;
declare let commonly: int;
declare let environ: ptr<str>;
declare let errno: int;
declare let evalarena: import('../bin/sh/memalloc.js').arena;
declare let evalskip: int;
declare let exitstatus: int;
declare let foreground: import('../../../kernel/src/sys/types.h.js').pid_t;
declare let intpending: int;
declare let loopnest: int;
declare let mempages: int;
declare let mildnest: int;
declare let now: int;
declare let optind: int;
declare let optreset: int;
declare let out: embed<import('../bin/dd/dd.h.js').io>;
declare let parsearena: import('../bin/sh/memalloc.js').arena;
declare let skipcount: int;
declare let sortkeys: import('../usr.bin/sort/sort.js').sortkey;
declare let verified: i64;
declare let whichprompt: int;
