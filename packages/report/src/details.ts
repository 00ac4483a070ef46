/** The detail that names registers which the text says have no value (`not kept`): they are not missing. */
export const REGISTERS_NOT_KEPT = 'registersNotKept';
