// Made by `npm run imports`. Variables that files other than their own assign to: TypeScript cannot import such.
// biome-ignore-all format: generated
declare let __progname: str;
declare let arg0: str;
declare let commandname: str;
declare let environ: ptr<str>;
declare let errno: int;
declare let evalarena: import('../bin/sh/memalloc.js').arena;
declare let evalskip: int;
declare let exitstatus: int;
declare let intpending: int;
declare let loopnest: int;
declare let parsearena: import('../bin/sh/memalloc.js').arena;
declare let skipcount: int;
declare let whichprompt: int;
