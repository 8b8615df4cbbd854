import { type ScaleFigures, scaleTable } from "../bench/scale/figures.ts";
import { benchTable, type Latest } from "../bench/table.ts";
import { settingsTable } from "../src/settings/markdown.ts";

/** The README with what the code and the last benches say, between their markers; one without markers stays as it is. */
export function withWhatTheCodeSays(
  readme: string,
  latest: Latest | null,
  scale: ScaleFigures | null,
): string {
  const settled = between(readme, "settings", settingsTable());
  const timed = latest === null ? settled : between(settled, "bench", benchTable(latest));
  return scale === null ? timed : between(timed, "scale", scaleTable(scale));
}

function between(text: string, name: string, content: string): string {
  const place = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
  return text.replace(place, (_, begin, end) => `${begin}\n\n${content}\n\n${end}`);
}
