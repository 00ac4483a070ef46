/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A size as the options take it. */
export function sizeText(bytes: number): string {
  if (bytes === 0) return '0';
  return bytes % (1 << 20) === 0 ? `${bytes / (1 << 20)}M` : `${bytes / 1024}K`;
}
