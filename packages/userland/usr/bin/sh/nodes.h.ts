/** The parse tree of a command (nodes.h). A node begins with its type; what follows depends on it. */

export const NSEMI = 0; // nbinary: one after the other; the second may be another NSEMI
export const NCMD = 1; // ncmd: a simple command
export const NPIPE = 2; // npipe
export const NREDIR = 3; // nredir: a compound command with redirections
export const NBACKGND = 4; // nredir: in the background
export const NSUBSHELL = 5; // nredir: ( )
export const NAND = 6; // nbinary: &&
export const NOR = 7; // nbinary: ||
export const NIF = 8; // nif
export const NWHILE = 9; // nbinary: condition and body
export const NUNTIL = 10; // nbinary: the same
export const NFOR = 11; // nfor
export const NCASE = 12; // ncase
export const NDEFUN = 13; // ndefun
export const NNOT = 14; // nnot: !
export const NFROM = 15; // nfile: <
export const NFROMTO = 16; // nfile: <>
export const NTO = 17; // nfile: >
export const NCLOBBER = 18; // nfile: >|
export const NAPPEND = 19; // nfile: >>
export const NFROMFD = 20; // nfile: <&
export const NTOFD = 21; // nfile: >&
export const NHERE = 22; // nfile: << with a quoted delimiter, whose text is taken as it is
export const NXHERE = 23; // nfile: <<

/**
 * What all nodes have.
 * @lock s the shell
 */
export interface node extends struct {
  type: int; // (s) N*
}

/**
 * Members of a list: the elements of a pipeline, or the commands substituted in a word, in their order.
 * @lock s the shell
 */
export interface nodelist extends struct {
  next: nodelist; // (s) the next one
  n: node; // (s) a command; null: an empty one
}

/**
 * NSEMI NAND NOR NWHILE NUNTIL
 * @lock s the shell
 */
export interface nbinary extends struct {
  type: int; // (s) N*
  ch1: node; // (s) first
  ch2: node; // (s) second
}

/**
 * NCMD
 * @lock s the shell
 */
export interface ncmd extends struct {
  type: int; // (s) N*
  assign: narg; // (s) variable=value in front of the command
  args: narg; // (s) the command and its arguments
  redirect: nfile; // (s) its redirections
  text: str; // (s) as it was written, for jobs
}

/**
 * NPIPE
 * @lock s the shell
 */
export interface npipe extends struct {
  type: int; // (s) N*
  backgnd: int; // (s) it ends in &
  cmdlist: nodelist; // (s) its commands
  text: str; // (s) as it was written, for jobs
}

/**
 * NREDIR NBACKGND NSUBSHELL
 * @lock s the shell
 */
export interface nredir extends struct {
  type: int; // (s) N*
  n: node; // (s) the command
  redirect: nfile; // (s) its redirections
  text: str; // (s) as it was written, for jobs
}

/**
 * NIF
 * @lock s the shell
 */
export interface nif extends struct {
  type: int; // (s) N*
  test: node; // (s) condition
  ifpart: node; // (s) then
  elsepart: node; // (s) else, or the NIF of an elif
}

/**
 * NFOR
 * @lock s the shell
 */
export interface nfor extends struct {
  type: int; // (s) N*
  inwords: int; // (s) there is an "in": otherwise it goes through the positional parameters
  args: narg; // (s) its words
  body: node; // (s) do
  name: str; // (s) variable
}

/**
 * NCASE
 * @lock s the shell
 */
export interface ncase extends struct {
  type: int; // (s) N*
  expr: narg; // (s) what is compared
  cases: nclist; // (s) the branches
}

/**
 * A branch of an NCASE.
 * @lock s the shell
 */
export interface nclist extends struct {
  next: nclist; // (s) the next one
  pattern: narg; // (s) its patterns
  body: node; // (s) its commands
}

/**
 * NDEFUN
 * @lock s the shell
 */
export interface ndefun extends struct {
  type: int; // (s) N*
  name: str; // (s) the function
  body: node; // (s) a command
}

/**
 * NNOT
 * @lock s the shell
 */
export interface nnot extends struct {
  type: int; // (s) N*
  com: node; // (s) the pipeline
}

/**
 * A word: an argument, a pattern, a value, the text of a here-document. Its text is coded as parser.h says.
 * @lock s the shell
 */
export interface narg extends struct {
  next: narg; // (s) the next word
  text: str; // (s) coded text
  backquote: nodelist; // (s) the commands that are substituted in it
}

/**
 * A redirection.
 * @lock s the shell
 */
export interface nfile extends struct {
  type: int; // (s) N*
  next: nfile; // (s) the next one
  fd: int; // (s) what is redirected
  fname: narg; // (s) to where: a file's name, a descriptor's number; the text of a here-document
}
