/** What mmap(2) gives when it fails (<sys/mman.h>). */
export const MAP_FAILED = 0xffffffff;
