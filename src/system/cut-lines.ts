/** Characters. A line without an end is cut about here, so that it cannot fill the memory. */
export const maxLineLength = 256 * 1024;

/** Takes a text that comes in parts apart into lines; what has no end yet waits for it. */
export interface LineCutter {
  /** @returns the lines that this part ends */
  add(part: string): string[];
  /** @returns the last line, where it has no end */
  end(): string[];
}

export function lineCutter(): LineCutter {
  let rest = "";
  return {
    add(part) {
      // The new part alone is searched: to search all of a long line each time would take its length squared.
      const lines = part.split("\n");
      lines[0] = rest + lines[0];
      rest = lines.pop() ?? "";
      if (rest.length > maxLineLength) {
        lines.push(rest);
        rest = "";
      }
      return lines;
    },
    end() {
      const last = rest === "" ? [] : [rest];
      rest = "";
      return last;
    },
  };
}
