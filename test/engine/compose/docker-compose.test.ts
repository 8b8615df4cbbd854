import { describe, expect, it } from "vitest";
import { engineRun } from "../../../src/engine/compose/build-services.ts";
import { isTooOld } from "../../../src/engine/compose/compose-command.ts";
import { formatEnvFile } from "../../../src/engine/compose/env-file.ts";
import { interpretArgs } from "../../../src/engine/compose/interpret.ts";
import { createMask } from "../../../src/engine/build/mask.ts";
import { readSaid, shownWarnings } from "../../../src/engine/compose/said.ts";
import { upArgs } from "../../../src/engine/compose/up.ts";
import { processorClock } from "../../support/processor-time.ts";

/* What docker compose is told, and what it says. */

describe("config vars in a file", () => {
  it("keeps every value on a line of its own", () => {
    expect(formatEnvFile({ B: 'say "hi" #1', A: "a\\b\n$c\r" })).toEqual({
      text: 'A="a\\\\b\\n\\$c\\r"\nB="say \\"hi\\" #1"\n',
      leftOut: [],
    });
  });

  it("leaves out what is no name there", () => {
    const { text, leftOut } = formatEnvFile({ "a b": "1", "a:b": "2", "a.b-c": "3", "1x": "4" });
    expect(leftOut).toEqual(["a b", "a:b"]);
    expect(text).toBe('1x="4"\na.b-c="3"\n');
  });
});

it("asks what a file means with the vars after the repository's own .env", () => {
  expect(interpretArgs("blog-main", "/t", "sub/compose.yml", "/v/vars", true)).toEqual(
    "--project-directory /t -p blog-main --env-file /t/.env --env-file /v/vars -f /t/sub/compose.yml config --format json".split(
      " ",
    ),
  );
  expect(interpretArgs("blog-main", "/t", "c.yml", "/v", false)).not.toContain("/t/.env");
});

it("lets nothing of the surroundings into a docker compose that talks to the engine", () => {
  const { args, env, cwd } = engineRun("/run/d.sock", ["build", "web"], {});
  expect(args).toEqual("--project-directory / --env-file /dev/null -f - build web".split(" "));
  expect(cwd).toBe("/");
  expect(env).toMatchObject({ DOCKER_HOST: "unix:///run/d.sock", BUILDX_BUILDER: "default" });
  expect(Object.keys(env ?? {}).sort()).toEqual([
    "BUILDX_BUILDER",
    "BUILDX_GIT_CHECK_DIRTY",
    "BUILDX_GIT_INFO",
    "BUILDX_GIT_LABELS",
    "COMPOSE_IGNORE_ORPHANS",
    "DOCKER_HOST",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_0",
    "GIT_CONFIG_VALUE_0",
    "HOME",
    "PATH",
  ]);
  expect(env).toMatchObject({ BUILDX_GIT_INFO: "false", GIT_CONFIG_VALUE_0: "explicit" });
});

it("scales beside what there is", () => {
  expect(upArgs(["web", "worker"], ["web=3", "worker=1"]).join(" ")).toBe(
    "--progress=plain up --no-start --no-build --no-deps --no-recreate --scale web=3 --scale worker=1 web worker",
  );
});

it("reads what docker compose says", () => {
  const stderr = [
    'time="2026-11-21T15:06:18Z" level=warning msg="The \\"A\\" variable is not set. Defaulting to a blank string."',
    'time="2026-11-21T15:06:18Z" level=warning msg="The \\"A\\" variable is not set. Defaulting to a blank string."',
    'time="2026-11-21T15:06:18Z" level=debug msg=detail',
    " Container blog-main-web-1  Creating",
    "Error response from daemon: no such thing.",
    "",
  ].join("\n");
  expect(readSaid(stderr)).toEqual({
    warnings: ['The "A" variable is not set. Defaulting to a blank string.'],
    failure: "no such thing",
  });
});

it.each([
  ["1.29.2", true],
  ["2.19.9", true],
  ["2.20.0", false],
  ["v2.26.1-4", false],
  ["5.0.1", false],
  ["dev", false],
])("knows whether docker compose %s is too old", (version, expected) => {
  expect(isTooOld(version)).toBe(expected);
});

describe("warnings as people see them", () => {
  const mask = createMask({ KEY: "s3cret", LINES: "first\nsecond" });

  it("are masked each", () => {
    expect(shownWarnings(["s3cret is set", "one\ntwo", "a second time"], mask)).toEqual([
      "*** is set",
      "one\ntwo",
      "a *** time",
    ]);
    expect(shownWarnings([], mask)).toEqual([]);
  });

  it("are at most a hundred, however many there are and whatever the vars", () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at}+++`).join("\n");
    const vars = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`VAR${at}`, lines]));
    const warnings = Array.from({ length: 5_000 }, (_, at) => `The "V${at}" variable is not set.`);
    const show = createMask(vars);
    const spentMs = processorClock();
    const shown = shownWarnings(warnings, show);
    expect(spentMs()).toBeLessThan(1000);
    expect(shown.slice(0, -1)).toEqual(warnings.slice(0, 100));
    expect(shown.at(-1)).toBe("docker compose has 4900 more warnings.");
  });
});
