/** <sysexits.h>: exit statuses that say why. */
export const EX_OK = 0;
export const EX_USAGE = 64; // the command was used incorrectly
export const EX_DATAERR = 65; // the input was incorrect
export const EX_NOINPUT = 66; // there is no such input
export const EX_UNAVAILABLE = 69; // a service is not there
export const EX_SOFTWARE = 70; // an internal error
export const EX_OSERR = 71; // an error of the system
export const EX_IOERR = 74; // an error while reading or writing
export const EX_NOPERM = 77; // no permission
