/** What docker compose reads as the name of a variable; others make it refuse the whole file. */
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

export interface EnvFile {
  readonly text: string;
  /** Keys that cannot be written, in alphabetical order. */
  readonly leftOut: readonly string[];
}

/** Config vars as a file for `--env-file`: every value arrives as it is. */
export function formatEnvFile(vars: Readonly<Record<string, string>>): EnvFile {
  const entries = Object.entries(vars).sort(([one], [other]) => (one < other ? -1 : 1));
  const fits = ([key]: readonly [string, string]) => namePattern.test(key);
  return {
    text: entries
      .filter(fits)
      .map(([key, value]) => `${key}="${escapeValue(value)}"\n`)
      .join(""),
    leftOut: entries.filter((entry) => !fits(entry)).map(([key]) => key),
  };
}

function escapeValue(value: string): string {
  return value
    .replaceAll(/[\\"$]/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);
}
