import type { BoundKernel } from '@trap12/system';
import type { MadeProgram } from '@trap12/system/compile.js';
import type { makeKernel } from '@trap12/system/compile-kernel.js';

/** What is to be compiled: a kernel with a scenario, patches or both; or programs. */
export type CompileJob =
  | { kernel: { file: string | undefined; patches: readonly string[]; form: BoundKernel['form'] } }
  | { programs: readonly string[] };

/** What comes of it: plain data. */
export interface Made {
  kernel?: ReturnType<typeof makeKernel>;
  programs?: MadeProgram[];
}

/** The same of a job that failed: an error, with what tells a file that cannot be read. */
export type CompileAnswer =
  | { made: Made }
  | { error: { name: string; message: string; isCompile: boolean; code?: string; syscall?: string } };

/** Compiles, in the thread that does nothing else. */
export async function compiled(job: CompileJob): Promise<CompileAnswer> {
  const { CompileError, makeProgram } = await import('@trap12/system/compile.js');
  try {
    if ('programs' in job) return { made: { programs: job.programs.map(makeProgram) } };
    const { makeKernel } = await import('@trap12/system/compile-kernel.js');
    const { file, patches, form } = job.kernel;
    return { made: { kernel: makeKernel(file, patches, form) } };
  } catch (error) {
    const { name, message, code, syscall } = error as NodeJS.ErrnoException;
    const where = { ...(code === undefined ? {} : { code }), ...(syscall === undefined ? {} : { syscall }) };
    return { error: { name, message, isCompile: error instanceof CompileError, ...where } };
  }
}
