import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, relative, sep } from "node:path";

/** A file of the project; the path is relative to its root and has `/` between its parts. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** Path of a file of the project, or name of a package. */
  readonly target: string;
  readonly isFile: boolean;
  /** It vanishes when the code is compiled. */
  readonly typeOnly: boolean;
}

/** Every TypeScript file below a folder of the project. */
export function readSources(root: string, folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: relative(root, path).split(sep).join("/"),
      text: readFileSync(path, "utf8"),
    }));
}

/** The formatter sees to it that every import begins a line and has double quotes. */
const patterns = [
  /^(?:import|export)\s+(?<kind>type\s)?[^;"]*?\bfrom\s+"(?<name>[^"]+)"/gm,
  /^import\s+"(?<name>[^"]+)"/gm,
  /\b(?:import|require)\(\s*"(?<name>[^"]+)"/g,
];

export function importsOf({ path, text }: Source): Import[] {
  const code = withoutComments(text);
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => {
      const name = groups?.["name"] ?? "";
      const isFile = name.startsWith(".");
      return {
        target: isFile ? resolve(path, name) : packageOf(name),
        isFile,
        typeOnly: groups?.["kind"] !== undefined,
      };
    }),
  );
}

/** Only comments with a line of their own: those are all there are, and no string looks like one. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\*[^]*?\*\//gm, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

function resolve(from: string, specifier: string): string {
  return normalize(join(from, "..", specifier))
    .split(sep)
    .join("/");
}

function packageOf(specifier: string): string {
  const parts = specifier.replace(/^node:/, "").split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
