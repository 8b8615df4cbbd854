/** Without slashes at its end; nothing is left of `/`. In one pass, as an expression that looks for the end is not. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") {
    end -= 1;
  }
  return path.slice(0, end);
}
