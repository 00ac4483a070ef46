/** An input that cannot be read as a text. The message is one line, without the input's name. */
export class InputError extends Error {}

/** Texts longer than this are refused; a panic report is a few kilobytes. */
export const SIZE_MAX = 64 * 1024 * 1024;

/** The limit as messages name it. */
export const SIZE_MAX_TEXT = '64 MB';
