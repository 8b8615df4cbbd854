import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { runCommand } from "../../../src/deploy/verbs/run.ts";
import { projectWorld, type ProjectWorldOptions } from "./project-world.ts";

/** A project whose commands end with 7, and the services they ran in. */
async function runWorld(options: ProjectWorldOptions = {}) {
  const ran: string[] = [];
  const world = await projectWorld({
    ...options,
    composer: {
      run: async ({ version, images }, service, command) => {
        ran.push(`v${version} ${service} ${images[service]} ${command.join(" ")}`);
        return 7;
      },
    },
  });
  const io = { stdin: null, stdout: new PassThrough(), stderr: new PassThrough() };
  const run = (service: string | null) =>
    runCommand(world.parts, world.app, service, ["id", "-u"], io, world.request);
  return { ...world, ran, run };
}

it("octo run of a project runs in the service that serves, or in the one that is named", async () => {
  const { ran, run } = await runWorld();
  expect(await run(null)).toBe(7);
  expect(await run("worker")).toBe(7);
  expect(ran).toEqual(["v1 web sha256:web id -u", "v1 worker sha256:worker id -u"]);
});

it("octo run refuses a service that there is not, and wants one where none serves", async () => {
  const { ran, run, parts } = await runWorld({ project: { routes: [] } });
  await expect(run("web2")).rejects.toMatchObject({ hint: "Did you mean web?" });
  await expect(run("elsewhere")).rejects.toMatchObject({
    hint: "It has: web, worker, db, migrate",
  });
  await expect(run(null)).rejects.toMatchObject({ hint: "For example: octo run shop web -- ls /" });
  expect(ran).toEqual([]);
  expect(parts.store.events.list(null, 5)).toEqual([]);
});
