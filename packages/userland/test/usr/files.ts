/** Files in the host's memory: what the harness's system calls work on. */

export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
export const S_IFMT = 0o170000;

/** A file or a directory. */
export interface Node {
  ino: number;
  mode: number;
  nlink: number;
  rdev: number;
  mtime: number;
  data: Uint8Array;
  entries: Map<string, Node>;
  parent: Node;
}

/** A path that was looked up: the directory, the last name, and what is there. */
export interface Found {
  dir: Node;
  name: string;
  node: Node | undefined;
}

export const isDirectory = (n: Node): boolean => (n.mode & S_IFMT) === S_IFDIR;

/** A tree of files. Calls that fail throw the name of an errno. */
export class Files {
  private ino = 2;
  readonly root: Node;

  constructor(readonly now: () => number) {
    this.root = this.node(S_IFDIR | 0o755);
    this.root.parent = this.root;
  }

  node(mode: number): Node {
    const n: Node = {
      ino: this.ino++,
      mode,
      nlink: (mode & S_IFMT) === S_IFDIR ? 2 : 1,
      rdev: 0,
      mtime: this.now(),
      data: new Uint8Array(),
      entries: new Map(),
      parent: undefined as unknown as Node,
    };
    return n;
  }

  find(path: string, cwd: Node): Found {
    if (path === '') throw 'ENOENT';
    let dir = path.startsWith('/') ? this.root : cwd;
    const parts = path.split('/').filter((p) => p !== '');
    let found: Found = { dir, name: '.', node: dir };
    parts.forEach((name, i) => {
      if (name.length > 255) throw 'ENAMETOOLONG';
      if (!isDirectory(dir)) throw 'ENOTDIR';
      const node = name === '.' ? dir : name === '..' ? dir.parent : dir.entries.get(name);
      found = { dir, name, node };
      if (i === parts.length - 1) return;
      if (node === undefined) throw 'ENOENT';
      dir = node;
    });
    if (path.endsWith('/') && found.node !== undefined && !isDirectory(found.node)) throw 'ENOTDIR';
    return found;
  }

  lookup(path: string, cwd: Node): Node {
    const { node } = this.find(path, cwd);
    if (node === undefined) throw 'ENOENT';
    return node;
  }

  create(at: Found, mode: number): Node {
    if (at.node !== undefined) throw 'EEXIST';
    const n = this.node(mode);
    n.parent = at.dir;
    at.dir.entries.set(at.name, n);
    if (isDirectory(n)) at.dir.nlink++;
    return n;
  }

  remove(at: Found, directory: boolean): void {
    const { node } = at;
    if (node === undefined) throw 'ENOENT';
    if (directory && (at.name === '.' || at.name === '..')) throw 'EINVAL';
    if (directory && !isDirectory(node)) throw 'ENOTDIR';
    if (!directory && isDirectory(node)) throw 'EPERM';
    if (node.entries.size > 0) throw 'ENOTEMPTY';
    at.dir.entries.delete(at.name);
    node.nlink--;
    if (directory) at.dir.nlink--;
  }

  rename(from: Found, to: Found): void {
    const { node } = from;
    if (node === undefined) throw 'ENOENT';
    if (to.node === node) return;
    if (to.node !== undefined) {
      if (isDirectory(node) && !isDirectory(to.node)) throw 'ENOTDIR';
      if (!isDirectory(node) && isDirectory(to.node)) throw 'EISDIR';
      this.remove(to, isDirectory(to.node));
    }
    from.dir.entries.delete(from.name);
    to.dir.entries.set(to.name, node);
    node.parent = to.dir;
  }

  /** Puts a file (or with a trailing slash a directory) there, with the directories above it. */
  put(path: string, content: string | Uint8Array, mode = 0o644): Node {
    let dir = this.root;
    const parts = path.split('/').filter((p) => p !== '');
    const name = path.endsWith('/') ? undefined : parts.pop();
    for (const p of parts) {
      let next = dir.entries.get(p);
      if (next === undefined) next = this.create({ dir, name: p, node: undefined }, S_IFDIR | 0o755);
      dir = next;
    }
    if (name === undefined) return dir;
    const n = this.create({ dir, name, node: undefined }, S_IFREG | mode);
    n.data = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    return n;
  }

  /** The contents of a file, or undefined. */
  text(path: string): string | undefined {
    try {
      const n = this.lookup(path, this.root);
      return isDirectory(n) ? undefined : Buffer.from(n.data).toString('latin1');
    } catch {
      return undefined;
    }
  }
}
