import { expect, it } from "vitest";
import { columns } from "../../src/cli/columns.ts";
import { events } from "../../src/cli/verbs/events.ts";
import { info } from "../../src/cli/verbs/apps.ts";
import { config } from "../../src/cli/verbs/config-read.ts";

const event = {
  at: "2026-03-01T12:00:05.000Z",
  app: "blog-main",
  who: "mallory",
  what: "restart",
  detail: "\u001B[2J\u001B]0;x\u0007\n2026-03-01 12:00:00  boss  keys:add",
};

it("are as wide as their widest cell", () => {
  expect(
    columns([
      ["a", "b"],
      ["long", "c"],
      ["", "dd"],
    ]),
  ).toBe("a     b\nlong  c\n      dd\n");
});

it("show what a terminal would obey, and keep to their line", () => {
  const shown = events.print([event], { color: true });
  expect(shown).toMatch(/^\P{Cc}+\n$/u);
  expect(shown).toContain(String.raw`\u001b[2J`);
});

it("have octo's own colours, and those of nobody else", () => {
  const app = {
    name: "blog",
    id: "blog-main",
    repository: "blog",
    branch: "main\u009B31m",
    status: "up",
    replicas: [],
    scale: 1,
    services: [],
    domains: [],
    release: null,
  };
  const shown = info.print(app, { color: true });
  expect(shown).toContain("\u001B[32mOK\u001B[0m, 0 of 1 containers");
  expect(shown).toContain(String.raw`branch main\u009b31m`);
});

it("are not needed for values of vars, which command as little", () => {
  const shown = config.print({ TITLE: "\u009B2Jhello" }, { color: true });
  expect(shown).toBe(`${String.raw`TITLE: "\u009b2Jhello"`}\n`);
});
