export { build, hashInputs, readSources } from './build.js';
export { type CompileResult, compile } from './compile.js';
export { type Diagnostic, format } from './diag.js';
export * from './image.js';
export { fixImports } from './imports.js';
export type { Options } from './program.js';
export { isFunctionName, type NamedFunction, type ScenarioValue, takeScenario } from './scenario.js';
export { executableFile } from './aout.js';
export { compileProgram, readLibrary } from './programs.js';
