/**
 * What the processor and the kernel's entry code push at a trap, and the numbers in it: from the kernel's
 * headers, like the vectors, so that the machine knows no kernel. Places are byte offsets from the frame's
 * address.
 */
export interface FrameLayout {
  /** Bytes of a frame of a trap from kernel mode */
  kernelBytes: number;
  /** The same from user mode, which has `esp` and `ss` more */
  userBytes: number;
  fs: number;
  es: number;
  ds: number;
  edi: number;
  esi: number;
  ebp: number;
  /** The stack pointer that pusha saw */
  isp: number;
  ebx: number;
  edx: number;
  ecx: number;
  eax: number;
  trapno: number;
  err: number;
  eip: number;
  cs: number;
  eflags: number;
  esp: number;
  ss: number;
  /** Behind a frame from user mode: how many more registers there are, and these */
  count: number;
  registers: number;
  selectors: {
    kernelCode: number;
    kernelData: number;
    kernelPrivate: number;
    userCode: number;
    userData: number;
  };
  /** Trap numbers */
  traps: { privileged: number; breakpoint: number; pageFault: number; divide: number; trace: number };
}

type Place = keyof Omit<FrameLayout, 'selectors' | 'traps' | 'kernelBytes' | 'userBytes'>;
/** Places as numbers of words. */
export type FrameWords = Readonly<Record<Place, number>>;

export function frameWordsOf(layout: FrameLayout): FrameWords {
  const { selectors, traps, kernelBytes, userBytes, ...places } = layout;
  return Object.fromEntries(Object.entries(places).map(([name, at]) => [name, at >>> 2])) as FrameWords;
}

/** The words of a frame, in order, from values by name; those not named are 0. */
export function frameWords(
  layout: FrameLayout,
  bytes: number,
  values: Partial<Record<Place, number>>,
): number[] {
  const words = new Array<number>(bytes >>> 2).fill(0);
  for (const [name, value] of Object.entries(values)) words[layout[name as 'eip'] >>> 2] = value;
  return words;
}
