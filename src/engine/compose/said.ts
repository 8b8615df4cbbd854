import { withoutEnd } from "../../without-end.ts";

/** What docker compose wrote on stderr. */
export interface Said {
  readonly warnings: readonly string[];
  /** Everything that is no line of its log, as one sentence; empty for nothing. */
  readonly failure: string;
}

export const mostWarnings = 100;

const logLine = /^time="[^"]*" level=(\w+) msg=(.*)$/;
/** Progress of what it does, which its plain form indents. */
const progress = /^ (?:Container|Network|Volume|Image|Service|[\w.-]+) .*/;
const daemon = /^(?:Error response from daemon: |Error: )/;

export function readSaid(stderr: string): Said {
  const warnings = new Set<string>();
  const rest: string[] = [];
  for (const line of stderr.split("\n")) {
    const [, level, message] = logLine.exec(line) ?? [];
    if (message !== undefined) {
      if (level === "warning") {
        warnings.add(unquote(message));
      }
    } else if (line.trim() !== "" && !progress.test(line)) {
      rest.push(line.trim().replace(daemon, ""));
    }
  }
  return { warnings: [...warnings], failure: withoutEnd(rest.join("; "), /[.\s]/) };
}

/**
 * The first of the warnings, and how many more there are. A file can cause thousands, and `show` looks for each line of each
 * var however short its text is: so it is called once.
 */
export function shownWarnings(
  warnings: readonly string[],
  show: (text: string) => string,
): string[] {
  const first = warnings.slice(0, mostWarnings);
  const shown = first.length === 0 ? [] : show(first.join("\0")).split("\0");
  const more = warnings.length - first.length;
  return more === 0 ? shown : [...shown, `docker compose has ${more} more warnings.`];
}

/** Go's quotes are JSON's for all that is printed here; a message of one word has none. */
function unquote(text: string): string {
  if (!text.startsWith('"')) {
    return text;
  }
  try {
    return String(JSON.parse(text));
  } catch {
    return text.replaceAll(/^"|"$/g, "");
  }
}
