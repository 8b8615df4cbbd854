import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { exec, must } from "../support/exec.ts";
import { type Door, DoorHost } from "./support/door-host.ts";

let host: DoorHost;

beforeAll(async () => {
  // More than any disk has: what is free has fallen below it as soon as somebody looks.
  host = await DoorHost.start(2 ** 60);
  vi.spyOn(host.repositories, "mostOfPush").mockResolvedValue(2 ** 40);
});

afterAll(async () => {
  await host.destroy();
});

const deltas = (count: number) => `
  set -e
  git config core.compression 0
  git config pack.window 1
  head -c 2000000 /dev/urandom > base
  for i in $(seq ${count}); do { cat base; echo $i; } > f$i; done
  rm base`;

it.each<[Door, number, string]>([
  ["ssh", 90, "files of their own"],
  ["http", 150, "one pack"],
])(
  "a push over %s of %i deltas of a large file, which git keeps as %s, ends where it leaves too little room",
  { timeout: 60_000 },
  async (door, count) => {
    const work = await host.work();
    await must(exec("sh", ["-c", deltas(count)], { cwd: work.path }));
    await work.commit({});
    const pushed = await work.push(door, door, "main");
    expect(pushed.stderr).toMatch(/remote: +! {5}There are .* free on the disk of /);
    expect(pushed.stderr).toContain("(unpacker error)");
    expect(pushed.status).toBe(1);
    expect(host.pushes).toEqual([]);
    const left = await readdir(join(host.data, "repositories", `${door}.git`, "objects"));
    expect(left.sort()).toEqual(["info", "pack"]);
  },
);
