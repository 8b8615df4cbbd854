import { benchTable, type Latest } from "../bench/table.ts";
import { settingsTable } from "../src/settings/markdown.ts";

/** The README with what the code and the last bench say, between their markers; one without markers stays as it is. */
export function withWhatTheCodeSays(readme: string, latest: Latest | null): string {
  const settled = between(readme, "settings", settingsTable());
  return latest === null ? settled : between(settled, "bench", benchTable(latest));
}

function between(text: string, name: string, content: string): string {
  const place = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
  return text.replace(place, (_, begin, end) => `${begin}\n\n${content}\n\n${end}`);
}
