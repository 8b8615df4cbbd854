import { describe, expect, it } from "vitest";
import { buildQuery } from "../../../src/engine/build/build-api.ts";
import { cliCommand } from "../../../src/engine/build/build-cli.ts";
import { createMask } from "../../../src/engine/build/mask.ts";
import { createNames } from "../../../src/engine/names.ts";
import { buildOf } from "../support.ts";

const names = createNames("goku");
const build = buildOf({}, { version: 12, args: { NAME: "a b" }, secrets: { TOKEN: "s3cret" } });

it("asks the API for the same labels in every version", () => {
  expect(buildQuery(names, build)).toMatchObject({
    version: 2,
    t: "web-main:v12",
    dockerfile: "Dockerfile",
    buildargs: '{"NAME":"a b","BUILDKIT_CACHE_MOUNT_NS":"goku.web-main"}',
    labels: '{"goku.instance":"goku","goku.app":"web-main"}',
  });
});

it("lets no argument name another app's caches", () => {
  const thief = { ...build, args: { BUILDKIT_CACHE_MOUNT_NS: "goku.shop-main" } };
  const { buildargs } = buildQuery(names, thief);
  expect(buildargs).toBe('{"BUILDKIT_CACHE_MOUNT_NS":"goku.web-main"}');
  expect(cliCommand(names, thief, "/s").env).toMatchObject({
    BUILDKIT_CACHE_MOUNT_NS: "goku.web-main",
  });
});

describe("the CLI's command", () => {
  const { args, env } = cliCommand(names, build, "/run/docker.sock");

  it("has neither secrets nor arguments in its argv", () => {
    expect(args.join(" ")).toBe(
      "buildx build --progress=plain --load --file Dockerfile --tag web-main:v12" +
        " --label goku.instance=goku --label goku.app=web-main" +
        " --build-arg NAME --build-arg BUILDKIT_CACHE_MOUNT_NS --secret id=TOKEN,env=GOKU_SECRET_TOKEN -",
    );
  });

  it("has them in its environment", () => {
    expect(env).toMatchObject({
      NAME: "a b",
      BUILDKIT_CACHE_MOUNT_NS: "goku.web-main",
      GOKU_SECRET_TOKEN: "s3cret",
      DOCKER_HOST: "unix:///run/docker.sock",
    });
  });

  it.each(["LD_PRELOAD", "DOCKER_HOST", "PATH"])("is steered by no argument: %s", (key) => {
    const steering = { ...build, args: { [key]: "x" } };
    expect(() => cliCommand(names, steering, "/s")).toThrow(`# BUILD_ARG ${key} cannot be given`);
  });
});

describe("a mask", () => {
  const mask = createMask({
    A: "s3cret",
    B: "first line\nsecond line",
    C: "s3cret-longer",
    D: "ab",
  });

  it.each([
    ["token=s3cret!", "token=***!"],
    ["s3cret-longer", "***"],
    ["has the second line in it", "has the *** in it"],
    ["abc", "abc"],
  ])("hides what %j shows", (line, masked) => expect(mask(line)).toBe(masked));
});
