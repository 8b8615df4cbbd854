import { expect, it } from "vitest";
import { whyNoHttp } from "../../src/deploy/plan/without-http.ts";
import { changeDomains, whyNoDomain } from "../../src/deploy/verbs/domains.ts";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { stopApp } from "../../src/deploy/verbs/stop.ts";
import { composeProject, service } from "./compose-parts.ts";
import { pushWorld } from "./push-world.ts";
import { project } from "./test-parts.ts";

const portless = { ...project, port: null, exposed: [] };

it.each([
  [project, {}, null],
  [project, { NO_HTTP_PROXY: "1" }, "its config var NO_HTTP_PROXY is set"],
  [portless, {}, "its Dockerfile exposes no TCP port (EXPOSE)"],
  [{ ...project, port: null }, {}, "its Dockerfile says # NO_HTTP_PROXY"],
  [composeProject([service("web")]), {}, null],
  [
    composeProject([service("web")], { routes: [] }),
    {},
    "compose.yaml sends HTTP to none of its services",
  ],
])("%#: the true cause", (which, vars, why) => {
  expect(whyNoHttp({ project: which, vars })).toBe(why);
});

it("a push that loses the app's address warns before traffic moves, and says why at the end", async () => {
  const world = await pushWorld();
  await world.push("FROM scratch");
  const lost =
    " !     blog was served at http://blog.goku.test (v3), and will not be any more, since its Dockerfile exposes no TCP port (EXPOSE).";
  expect(world.lines).toContain(lost);
  expect(world.lines.indexOf(lost)).toBeLessThan(world.lines.indexOf("       Healthy"));
  expect(world.lines.at(-1)).toBe(
    "       It has no address, since its Dockerfile exposes no TCP port (EXPOSE)",
  );
  // It has none to lose any more.
  world.lines.length = 0;
  await world.push("FROM scratch\nCMD next");
  expect(world.lines.join("\n")).not.toContain("was served");
});

it("a push that keeps it says where it is", async () => {
  const world = await pushWorld();
  await world.push(`FROM scratch\nEXPOSE ${world.port}`);
  expect(world.lines.join("\n")).not.toContain(" ! ");
  expect(world.lines.at(-1)).toBe("       http://blog-main.goku.test");
});

it("a config var that takes the address away is told of, and so is what a domain is for then", async () => {
  const { parts, app, request, lines } = await pushWorld();
  await setVars(
    parts,
    "blog",
    { set: { NO_HTTP_PROXY: "1" }, remove: [] },
    { restart: true },
    request,
  );
  const why = "its config var NO_HTTP_PROXY is set";
  expect(lines.join("\n")).toContain(`will not be any more, since ${why}.`);
  expect(whyNoDomain(parts, app)).toBe(`No domain leads to blog, since ${why}.`);
  await changeDomains(parts, app, () => ["blog.example.org"], request);
  expect(lines.at(-1)).toBe(
    ` !     blog.example.org will lead nowhere as long as blog has no HTTP: ${why}.`,
  );
});

it("a domain of an app with HTTP leads there", async () => {
  const { parts, app, request, lines } = await pushWorld();
  await changeDomains(parts, app, () => ["blog.example.org"], request);
  expect(lines.join("\n")).not.toContain("nowhere");
  expect(whyNoDomain(parts, app)).toBeNull();
});

it("a stop speaks of hosts where there are some", async () => {
  const world = await pushWorld();
  await stopApp(world.parts, world.app, world.request);
  expect(world.lines.at(-1)).toBe(
    "-----> blog is stopped; its hosts answer 503 until: octo start blog",
  );
  await world.push("FROM scratch");
  await stopApp(world.parts, world.app, world.request);
  expect(world.lines.at(-1)).toBe("-----> blog is stopped until: octo start blog");
});
