import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { withSettings } from "../../docs/readme.ts";
import { environmentName, settingRows } from "../../src/settings/table.ts";

const path = resolve(import.meta.dirname, "../../README.md");
const place = "# Goku\n\n<!-- settings -->\n\nyesterday's\n\n<!-- /settings -->\n\nEnd.\n";

test("every setting has its row, between the markers", () => {
  const readme = withSettings(place) ?? "";
  for (const { key } of settingRows) {
    expect(readme).toContain(`| \`${key}\``);
    expect(readme).toContain(`\`${environmentName(key)}\``);
  }
  expect(readme).not.toContain("yesterday");
  expect(readme).toMatch(/\|\n\n<!-- \/settings -->\n\nEnd\.\n$/);
  expect(withSettings(readme)).toBe(readme);
});

test("a README without a place for them is left alone", () => {
  expect(withSettings("# Goku\n")).toBeNull();
});

test("the README says what the code does: npm run docs", () => {
  const readme = existsSync(path) ? readFileSync(path, "utf8") : "";
  expect(withSettings(readme) ?? readme).toBe(readme);
});
