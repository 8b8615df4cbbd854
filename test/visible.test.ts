import { expect, it } from "vitest";
import { visible } from "../src/visible.ts";

it.each([
  ["\u001B[2J\u001B]0;title\u0007", String.raw`\u001b[2J\u001b]0;title\u0007`],
  ["one\r\nother", String.raw`one\u000d\u000aother`],
  ["\u009B31m", String.raw`\u009b31m`],
  ["a\u2028b\u2029c", String.raw`a\u2028b\u2029c`],
  ["backwards: \u202Etxt.exe", String.raw`backwards: \u202etxt.exe`],
  ["half of a pair: \uD83D", String.raw`half of a pair: \ud83d`],
  ["a tag: \u{E0001}", String.raw`a tag: \udb40\udc01`],
])("%j is shown as it is written in JSON", (text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(JSON.parse(`"${shown}"`)).toBe(text);
});

it.each(["", "grüße, 東京 👍", String.raw`a\b`])("%j stays", (text) => {
  expect(visible(text)).toBe(text);
});
