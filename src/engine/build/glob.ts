/** A part of a pattern: takes one character, or a run of any length. */
interface Step {
  readonly kind: "one" | "run" | "folders";
  readonly takes: (character: string) => boolean;
}

const anything = () => true;
const withinFolder = (character: string) => character !== "/";

/**
 * True for paths that the pattern means, and for all below them. As BuildKit reads patterns: `*`, `?`, `[a-z]`, `\` and `**`,
 * with `/` between folders. Takes no more time than the pattern's length times the path's, where an expression that goes
 * back to try again may take hours.
 * @returns null for a pattern that cannot be understood
 */
export function globMatcher(pattern: string): ((path: string) => boolean) | null {
  if (!hasWildcard(pattern)) {
    return (path) => path === pattern || path.startsWith(`${pattern}/`);
  }
  const steps = readSteps(pattern);
  return steps && ((path) => matches(steps, path));
}

/** False for a path that is meant as it stands. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

function matches(steps: readonly Step[], path: string): boolean {
  let active = entered([], 0, steps);
  for (const character of path) {
    if (active.length === 0) {
      return false;
    }
    if (character === "/" && active.at(-1) === steps.length) {
      return true;
    }
    active = after(character, active, steps);
  }
  return active.at(-1) === steps.length;
}

/** Places in the pattern, rising: what comes next may be any of them. */
function after(character: string, active: readonly number[], steps: readonly Step[]): number[] {
  const next: number[] = [];
  for (const place of active) {
    const step = steps[place];
    if (step === undefined || !step.takes(character)) {
      continue;
    }
    if (step.kind === "one") {
      entered(next, place + 1, steps);
    } else if (step.kind === "run" || character === "/") {
      entered(next, place, steps);
    } else {
      add(next, place);
    }
  }
  return next;
}

/** Adds the place, and those behind it as far as what is between may be nothing. */
function entered(places: number[], from: number, steps: readonly Step[]): number[] {
  add(places, from);
  for (let place = from; (steps[place]?.kind ?? "one") !== "one"; place += 1) {
    add(places, place + 1);
  }
  return places;
}

function add(places: number[], place: number): void {
  if (place > (places.at(-1) ?? -1)) {
    places.push(place);
  }
}

/** Null where a class is not closed or empty, a range goes backwards, or nothing follows a `\`. */
function readSteps(pattern: string): Step[] | null {
  const characters = Array.from(pattern);
  // Of BuildKit's own: `**file` means what ends so, `profile`, too.
  const isSuffix = /^\*\*[^/*?[\]\\][^*?[\]\\]*$/.test(pattern);
  const steps: Step[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? "";
    at += 1;
    if (character === "*" && characters[at] === "*") {
      at += characters[at + 1] === "/" ? 2 : 1;
      const isRun = at >= characters.length || isSuffix;
      steps.push({ kind: isRun ? "run" : "folders", takes: anything });
    } else if (character === "*") {
      steps.push({ kind: "run", takes: withinFolder });
    } else if (character === "?") {
      steps.push({ kind: "one", takes: withinFolder });
    } else if (character === "[") {
      const found = readClass(characters, at);
      if (found === null) {
        return null;
      }
      steps.push({ kind: "one", takes: found.takes });
      at = found.end;
    } else {
      const literal = character === "\\" ? characters[at++] : character;
      if (literal === undefined) {
        return null;
      }
      steps.push({ kind: "one", takes: (other) => other === literal });
    }
  }
  return steps;
}

/** @param start behind the `[` */
function readClass(characters: readonly string[], start: number) {
  const isNegated = characters[start] === "^";
  const ranges: { readonly from: number; readonly to: number }[] = [];
  let at = start + (isNegated ? 1 : 0);
  while (characters[at] !== "]" || ranges.length === 0) {
    const from = readBound(characters, at);
    const to = from && characters[from.end] === "-" ? readBound(characters, from.end + 1) : from;
    if (from === null || to === null || from.code > to.code) {
      return null;
    }
    ranges.push({ from: from.code, to: to.code });
    at = to.end;
  }
  return {
    end: at + 1,
    takes: (character: string) => {
      const code = character.codePointAt(0) ?? 0;
      return ranges.some(({ from, to }) => from <= code && code <= to) !== isNegated;
    },
  };
}

function readBound(characters: readonly string[], start: number) {
  const isEscaped = characters[start] === "\\";
  const at = isEscaped ? start + 1 : start;
  const code = characters[at]?.codePointAt(0);
  const isMark = !isEscaped && (characters[at] === "-" || characters[at] === "]");
  return code === undefined || isMark ? null : { code, end: at + 1 };
}
