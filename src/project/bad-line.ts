import { badProject, type GokuError } from "../errors.ts";

/** A refusal that names the line to change; `line` counts from 1. */
export function badLine(file: string, line: number, problem: string, fix: string): GokuError {
  return badProject(`${file} line ${line}: ${problem}`, fix);
}

const longestQuote = 80;

/** Text of a repository as it may stand in a message: one short line, nothing a terminal would obey. */
export function quote(text: string): string {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  const cut =
    printable.length > longestQuote ? `${printable.slice(0, longestQuote)}...` : printable;
  return `"${cut}"`;
}
