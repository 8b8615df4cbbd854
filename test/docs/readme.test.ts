import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { latestBench, latestScale } from "../../docs/latest-bench.ts";
import { withWhatTheCodeSays } from "../../docs/readme.ts";
import { environmentName, settingRows } from "../../src/settings/table.ts";

const place = "# Goku\n\n<!-- settings -->\n\nyesterday's\n\n<!-- /settings -->\n\nEnd.\n";

test("every setting has its row, between the markers", () => {
  const readme = withWhatTheCodeSays(place, null, null);
  for (const { key } of settingRows) {
    expect(readme).toContain(`| \`${key}\``);
    expect(readme).toContain(`\`${environmentName(key)}\``);
  }
  expect(readme).not.toContain("yesterday");
  expect(readme).toMatch(/\|\n\n<!-- \/settings -->\n\nEnd\.\n$/);
  expect(withWhatTheCodeSays(readme, null, null)).toBe(readme);
});

test("a README without a place for them is left alone", () => {
  expect(withWhatTheCodeSays("# Goku\n", null, null)).toBe("# Goku\n");
});

test("the README says what the code does, and the last benches: npm run docs", async () => {
  const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
  expect(readme).toContain("<!-- settings -->");
  expect(readme).toContain("<!-- bench -->");
  expect(readme).toContain("<!-- scale -->");
  const [bench, scale] = await Promise.all([latestBench(), latestScale()]);
  expect(withWhatTheCodeSays(readme, bench, scale)).toBe(readme);
});
