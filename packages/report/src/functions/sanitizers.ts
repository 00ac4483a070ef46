import { type FunctionLists, words } from './lists.js';

/**
 * The run-time support of the kernel sanitizers, which is much the same in the three systems that have them.
 */
export const SANITIZERS: FunctionLists = {
  panic: [],
  trap: [],
  fault: [],
  check: words(`
    isAlreadyReported isContained Report ReportTypeMismatch
    kasan_report kasan_code_name kasan_shadow_check kmsan_report kmsan_report_hook kmsan_warning kcsan_access kcsan_report
  `),
  way: [],
  base: [],
  families: {
    check:
      /^(?:__(?:asan|msan|tsan|ubsan|hwasan|sanitizer)_\w+|(?:kasan|kmsan(?!_intr_(?:enter|leave)$)|kcsan|kubsan)_\w+|__sanitizer_\w+|Handle(?:Overflow|NegateOverflow|BuiltinUnreachable|TypeMismatch|VlaBoundNotPositive|OutOfBounds|ShiftOutOfBounds|LoadInvalidValue|InvalidBuiltin|FunctionTypeMismatch|CFIBadType|DynamicTypeCacheMiss|FloatCastOverflow|MissingReturn|NonNullArg|NonNullReturn|PointerOverflow|AlignmentAssumption))$/,
  },
};
