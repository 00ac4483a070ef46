// Made by `npm run imports`. Variables that files other than their own assign to: TypeScript cannot import such.
// biome-ignore-all format: generated
declare let environ: ptr<str>;
declare let errno: int;
declare let evalskip: int;
declare let exitstatus: int;
declare let intpending: int;
declare let whichprompt: int;
