import { resolve } from "node:path";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const installer = resolve(import.meta.dirname, "../../install.sh");
const parts = resolve(installer, "../install");

it.each([[["--help"]], [["-h"]]])("explains itself: %s", async (args) => {
  const ended = await exec(installer, args);
  expect(ended.stdout).toContain("./install.sh host");
  expect(ended.status).toBe(0);
});

it("says what to type where nothing was", async () => {
  const ended = await exec(installer, []);
  expect(ended.stderr).toContain("type: ./install.sh host");
  expect(ended.status).toBe(1);
});

it("warns that --purge takes the apps' data", async () => {
  const { stdout } = await exec(installer, ["--help"]);
  expect(stdout).toMatch(/--purge +remove those as well, every app's data/);
});

it.each([[["guest"]], [["host", "--uninstall"]], [["host", "--purge"]], [["--purge"]]])(
  "refuses %s as wrong usage",
  async (args) => {
    const ended = await exec(installer, args);
    expect(ended.stderr).toContain("Usage:");
    expect(ended.status).toBe(2);
  },
);

it("asks whoever is not root for sudo", async () => {
  const script = `id() { echo 1000; }; . ${parts}/say.sh; . ${parts}/machine.sh; need_root`;
  const ended = await exec("sh", ["-c", script]);
  expect(ended.stderr).toContain("sudo");
  expect(ended.status).toBe(1);
});
