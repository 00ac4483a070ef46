/**
 * A single change of a kernel: in the function `fn` of `file`, `from`, which stands there once, becomes `to`.
 */
export interface Mutation {
  file: string;
  fn: string;
  from: string;
  to: string;
}

/** What the patch is called among the sources. */
const PATH = 'patch/mutation.ts';

/**
 * The text of a top-level function, its documentation included, down to the brace that closes it at the left
 * margin.
 */
function functionText(source: string, name: string): string {
  const match = new RegExp(`^(export )?function\\*? ${name}\\(`, 'm').exec(source);
  const end = match === null ? -1 : source.indexOf('\n}\n', match.index);
  if (match === null || end < 0) throw new Error(`no function ${name}`);
  const before = source.slice(0, match.index);
  const comment = before.endsWith('*/\n') ? before.lastIndexOf('/**') : -1;
  return source.slice(comment < 0 ? match.index : comment, end + 3);
}

/**
 * Adds a patch to the sources that holds the function as changed; no file of the tree is touched.
 * @returns the paths for the option `patches` of compile()
 * @throws Error if there is no such function, or the text does not stand in it exactly once
 */
export function addMutation(files: Map<string, string>, { file, fn, from, to }: Mutation): string[] {
  const parts = functionText(files.get(file) ?? '', fn).split(from);
  if (parts.length !== 2) throw new Error(`${file}: ${fn} has ${parts.length - 1} times: ${from}`);
  files.set(PATH, parts.join(to));
  return [PATH];
}
