/* docker compose prints every `$` of a model as `$$`, and takes it so. */

/** Text of a model as it is meant. */
export function plain(text: string): string {
  return text.replaceAll("$$", "$");
}

/** Text as a model has it. */
export function escaped(text: string): string {
  return text.replaceAll("$", "$$$$");
}
