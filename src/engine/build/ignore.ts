import dockerignore from "@balena/dockerignore";

/** Characters that mean something to a regular expression and nothing in a pattern; the library takes them as they are. */
const literal = /\\.|[+(){}|]/g;

/**
 * True for paths of the tree that the lines of a `.dockerignore` leave out. The Dockerfile and the file itself stay,
 * because the builder reads them from the same tar.
 */
export function ignoredBy(ignore: string, dockerfile: string): (path: string) => boolean {
  const lines = ignore
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => (line.startsWith("#") ? "" : escapeLiterals(line)));
  const rules = dockerignore.default({ ignorecase: false }).add(lines);
  const needed = new Set([dockerfile, ".dockerignore", `${dockerfile}.dockerignore`]);
  return (path) => !needed.has(path) && rules.ignores(path);
}

function escapeLiterals(line: string): string {
  return line.replaceAll(literal, (match) => (match.startsWith("\\") ? match : `\\${match}`));
}
