import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { serverTip, workHead } from "../support/refs.ts";
import { page } from "../support/sample-apps.ts";
import { expectSound } from "../support/soundness.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

it("is caught up with by pushing the same again", async () => {
  const database = join(host.data, "goku.db");
  await host.must(host.push("known", page("known 1")));
  await host.end();
  await cp(database, `${database}.older`);
  await host.serve();
  await host.must(host.push("unknown", page("unknown 1")));
  await host.must(host.push("known", page("known 2")));
  await host.end("SIGKILL");
  await cp(`${database}.older`, database);
  await Promise.all(["-wal", "-shm"].map((suffix) => rm(`${database}${suffix}`, { force: true })));
  await host.serve();
  await expectSound(host, { known: { page: "known 1" } });
  expect(await serverTip(host, "unknown")).toBe("");
  const known = join(host.data, "repositories", "known.git");
  const aside = `refs/goku/aside/${await workHead(host, "known")}`;
  await host.must(exec("git", ["--git-dir", known, "show-ref", "--verify", aside]));
  await host.must(host.push("unknown", null));
  await host.must(host.push("known", null));
  await expectSound(host, { known: { page: "known 2" }, unknown: { page: "unknown 1" } });
  expect(await serverTip(host, "unknown")).toBe(await workHead(host, "unknown"));
});
