/*
 * How fast does the host kernel hand out zeroed pages? Touches one byte in each page of fresh anonymous memory, without huge
 * pages, and prints the page faults per second, one line a repetition.
 * usage: hostfault MEGABYTES REPETITIONS
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE 4096

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: hostfault MEGABYTES REPETITIONS\n");
    return 2;
  }
  size_t size = strtoul(argv[1], NULL, 10) << 20;
  int repetitions = atoi(argv[2]);
  for (int r = 0; r < repetitions; r++) {
    volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
      perror("mmap");
      return 1;
    }
#ifdef MADV_NOHUGEPAGE
    madvise((void *)p, size, MADV_NOHUGEPAGE);
#endif
    double t = seconds();
    for (size_t i = 0; i < size; i += PAGE) p[i] = 1;
    t = seconds() - t;
    printf("%.0f\n", size / PAGE / t);
    munmap((void *)p, size);
  }
  return 0;
}
