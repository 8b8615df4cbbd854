import { settingsTable } from "../src/settings/markdown.ts";

const place = /(<!-- settings -->)[^]*?(<!-- \/?settings -->)/;

/** The README with the table of settings that the code has, between its markers; null when it has none. */
export function withSettings(readme: string): string | null {
  return place.test(readme)
    ? readme.replace(place, (_, begin, end) => `${begin}\n\n${settingsTable()}\n\n${end}`)
    : null;
}
