import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildLogPath } from "../../src/deploy/story/build-log.ts";
import type { Engine, Replica } from "../../src/ports.ts";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("logs", () => {
  const replica: Replica = {
    id: "r",
    name: "blog-main-v1-1",
    app: "blog-main",
    service: null,
    version: 1,
    index: 1,
    image: "i",
    address: null,
    running: true,
    restarting: false,
    createdAt: "",
  };
  const documents = (stdout: string): unknown[] =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const lines: Partial<Engine> = {
    listReplicas: async () => [replica],
    async *logs() {
      yield "one";
      yield "two 🚀";
    },
  };

  it("are standard output, or a JSON array of lines", async () => {
    const host = await testControl({ engine: lines });
    addApp(host, "blog");
    const plain = await runOcto(["logs", "blog"], host);
    expect(plain).toMatchObject({ stdout: "v1.1 | one\nv1.1 | two 🚀\n", stderr: "" });
    const json = await runOcto(["logs", "blog", "--json"], host);
    expect(JSON.parse(json.stdout)).toEqual(["v1.1 | one", "v1.1 | two 🚀"]);
  });

  it("that are followed are one JSON document per line, with their container", async () => {
    const host = await testControl({
      engine: {
        ...lines,
        async *logs() {
          yield 'said "one"\tand a tab';
          yield "two 🚀";
          // Nobody follows an app that is gone.
          host.store.apps.remove("blog-main");
        },
      },
    });
    addApp(host, "blog");
    const { status, stdout, stderr } = await runOcto(["logs", "blog", "-f", "--json"], host);
    const from = { version: 1, index: 1, service: null };
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(documents(stdout)).toEqual([
      { line: 'said "one"\tand a tab', ...from },
      { line: "two 🚀", ...from },
    ]);
  });

  it("of a compose project name the service", async () => {
    const host = await testControl({
      engine: {
        listReplicas: async () => [{ ...replica, service: "web" }],
        async *logs() {
          yield "one";
          host.store.apps.remove("blog-main");
        },
      },
    });
    addApp(host, "blog");
    const { stdout } = await runOcto(["logs", "blog", "-f", "--json"], host);
    expect(documents(stdout)).toEqual([{ line: "one", version: 1, index: 1, service: "web" }]);
  });

  it("of requests and of a build have no container", async () => {
    const entry = '{"host":"blog.example.test","status":200}';
    const host = await testControl({
      router: {
        async *accessLog() {
          yield entry;
        },
      },
    });
    const { id } = addApp(host, "blog");
    await mkdir(join(host.data, "builds", id), { recursive: true });
    await writeFile(buildLogPath(host.data, id, 1), "step 1\nstep 2\n");
    const nowhere = { version: null, index: null, service: null };

    const access = await runOcto(["logs", "blog", "--access", "-f", "--json"], host);
    const build = await runOcto(["logs", "blog", "--build", "-f", "--json"], host);

    expect(documents(access.stdout)).toEqual([{ line: entry, ...nowhere }]);
    expect(documents(build.stdout)).toEqual([
      { line: "step 1", ...nowhere, version: 1 },
      { line: "step 2", ...nowhere, version: 1 },
    ]);
  });

  it("that cannot be followed leave standard output empty", async () => {
    const host = await testControl();
    const ended = await runOcto(["logs", "nope", "-f", "--json"], host);
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toContain('There is no app "nope"');
  });
});
