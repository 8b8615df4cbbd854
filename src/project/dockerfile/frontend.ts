import { parseDirective } from "./directives.ts";
import { trimStart } from "./white-space.ts";

/** The build argument that counts before the file's own line. */
export const frontendArg = "BUILDKIT_SYNTAX";

/**
 * Docker's own, which do no more than the builder itself, in versions that read a file as Goku does: those before 1.4 know no
 * heredocs, and a digest says nothing of its version.
 */
const ownFrontend =
  /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::(?:latest|labs|master|master-labs|1(?:\.(?:[4-9]|[1-9]\d)(?:\.\d+)?)?(?:-labs)?))?$/;

/**
 * The image that the build is left to, and which may then do whatever a builder may: `# syntax=example/frontend`, as BuildKit
 * finds it, or the build argument. Null where it is the builder itself, or Docker's.
 * @param text of the Dockerfile, with `\n` line ends and no byte order mark
 */
export function foreignFrontend(text: string, fromArgs: string | undefined): string | null {
  const named = [fromArgs ?? "", ...syntaxesOf(text)].flatMap((value) =>
    value.trim().split(" ", 1),
  );
  return named.find((image) => image !== "" && !ownFrontend.test(image)) ?? null;
}

/** All that some version of BuildKit may find. */
function syntaxesOf(text: string): string[] {
  const lines = text.split("\n");
  const rest = lines[0]?.startsWith("#!") ? lines.slice(1) : lines;
  return [...syntaxes(rest, "#"), ...syntaxes(rest, "//"), ...jsonSyntaxes(rest.join("\n"))];
}

/** Of the lines at the top that are directives. */
function syntaxes(lines: readonly string[], mark: string): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const directive = line.startsWith(mark)
      ? parseDirective(trimStart(line.slice(mark.length)))
      : null;
    if (directive === null || !/^(?:syntax|escape|check)$/.test(directive.name)) {
      break;
    }
    if (directive.name === "syntax") {
      found.push(directive.value);
    }
  }
  return found;
}

/** `{"syntax": "example/frontend"}`: a file for another frontend need not be a Dockerfile. Go also takes `{"Syntax": ...}`. */
function jsonSyntaxes(text: string): string[] {
  if (!text.trimStart().startsWith("{")) {
    return [];
  }
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return entries.flatMap(([key, image]) =>
      /^syntax$/iu.test(key) && typeof image === "string" ? [image] : [],
    );
  } catch {
    return [];
  }
}
