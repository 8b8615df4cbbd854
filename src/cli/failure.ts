import type { GokuError } from "../errors.ts";
import { lines } from "./columns.ts";

/** What `octo` says of a failure: what happened, what shows it, what to do. */
export function failureText({ message, hint, details }: GokuError): string {
  const said = [...message.split("\n"), ...details, ...(hint === undefined ? [] : [hint])];
  return lines(said.map((line) => ` !     ${line}`.trimEnd()));
}
