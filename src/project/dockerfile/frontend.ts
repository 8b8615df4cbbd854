/** The build argument that counts before the file's own line. */
export const frontendArg = "BUILDKIT_SYNTAX";

/** Docker's own, which do no more than the builder itself. */
const ownFrontend = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/;

/**
 * The image that the build is left to, and which may then do whatever a builder may: `# syntax=example/frontend`, as BuildKit
 * finds it, or the build argument. Null where it is the builder itself, or Docker's.
 * @param text of the Dockerfile, with `\n` line ends and no byte order mark
 */
export function foreignFrontend(text: string, fromArgs: string | undefined): string | null {
  const named = [fromArgs ?? "", syntaxOf(text) ?? ""].flatMap((value) =>
    value.trim().split(" ", 1),
  );
  return named.find((image) => image !== "" && !ownFrontend.test(image)) ?? null;
}

function syntaxOf(text: string): string | null {
  const lines = text.split("\n");
  const rest = lines[0]?.startsWith("#!") ? lines.slice(1) : lines;
  return directive(rest, "#") ?? directive(rest, "//") ?? jsonSyntax(rest.join("\n"));
}

/** Of the lines at the top that are directives. */
function directive(lines: readonly string[], mark: string): string | null {
  for (const line of lines) {
    const equals = line.indexOf("=");
    const name = line.slice(mark.length, Math.max(equals, 0)).trim().toLowerCase();
    const value = line.slice(equals + 1).trim();
    if (!line.startsWith(mark) || !/^(?:syntax|escape|check)$/.test(name) || value === "") {
      return null;
    }
    if (name === "syntax") {
      return value;
    }
  }
  return null;
}

/** `{"syntax": "example/frontend"}`: a file for another frontend need not be a Dockerfile. */
function jsonSyntax(text: string): string | null {
  if (!text.trimStart().startsWith("{")) {
    return null;
  }
  try {
    const value: unknown = JSON.parse(text);
    const isNamed = typeof value === "object" && value !== null && "syntax" in value;
    return isNamed && typeof value.syntax === "string" ? value.syntax : null;
  } catch {
    return null;
  }
}
