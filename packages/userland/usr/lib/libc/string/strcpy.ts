/** strcpy(3): returns `dst`. */
export function strcpy(dst: str, src: str): str {
  let i = 0;
  while ((dst[i] = src[i]) !== 0) i++;
  return dst;
}
