import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DockerCalls, noteDockerCalls } from "../support/docker-calls.ts";
import { exec } from "../support/exec.ts";
import { awaitReplicas } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { expectSound } from "../support/soundness.ts";
import { TestHost } from "../support/test-host.ts";

let folder: string;
let docker: DockerCalls;
let host: TestHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-test-"));
  const socket = join(folder, "docker.sock");
  docker = await noteDockerCalls(socket);
  host = await TestHost.start({ env: { GOKU_DOCKER: `unix://${socket}` } });
  await host.must(host.push("mounting", page("mounted")));
  await host.must(host.push("blog", page("before")));
});

afterAll(async () => {
  await host.destroy();
  await docker.close();
  await rm(folder, { recursive: true, force: true });
});

it("Docker's start of one app that does not end closes no door, nor keeps Goku from stopping", async () => {
  const [replica = ""] = await awaitReplicas(host, "mounting-main", 1);
  await host.end();
  await host.must(exec("docker", ["kill", replica]));
  const release = docker.hold(new RegExp(`^POST /containers/${replica}/start`));
  await host.serve();
  expect(docker.asked).toContain(`POST /containers/${replica}/start`);
  expect((await host.see("blog")).body).toBe("before");
  await host.must(host.push("blog", page("after")));
  expect((await host.see("blog")).body).toBe("after");
  expect((await host.octo("status", "mounting")).stdout).toMatch(/^mounting: (?!UP)/);
  await host.end();
  expect(host.log).toContain("some work does not end");
  release();
  await host.serve();
  await expectSound(host, { mounting: { page: "mounted" }, blog: { page: "after" } });
});
