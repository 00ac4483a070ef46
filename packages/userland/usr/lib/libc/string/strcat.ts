import { strcpy } from './strcpy.js';
import { strlen } from './strlen.js';

/** strcat(3) and strncat(3): return `s`. */
export function strcat(s: str, append: str): str {
  strcpy($padd(s, strlen(s)), append);
  return s;
}
export function strncat(s: str, append: str, count: u32): str {
  const end = $padd(s, strlen(s));
  let i: u32 = 0;
  for (; i < count && append[i] !== 0; i++) end[i] = append[i];
  end[i] = 0;
  return s;
}
