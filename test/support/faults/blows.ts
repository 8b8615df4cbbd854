import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { containersOf } from "../docker-api.ts";
import { exec } from "../exec.ts";
import { killNginx } from "../nginx.ts";
import type { World } from "./world.ts";

/** Something that goes down in the middle of a story. */
export interface Blow {
  readonly name: string;
  /** Goku dies there, or stands still while something else goes down, and goes on. */
  readonly goku: "dies" | "lives";
  /** What comes down with it leaves its hosts without an answer for a while. */
  readonly silence: "counts" | "expected";
  strike(world: World): Promise<void>;
  /** Once the story is over. */
  mend(world: World): Promise<void>;
}

const nothing = async () => undefined;

export const gokuKilled: Blow = {
  name: "Goku",
  goku: "dies",
  silence: "counts",
  strike: nothing,
  mend: nothing,
};

/** All but Goku itself. */
export const otherBlows: readonly Blow[] = [
  {
    name: "nginx",
    goku: "lives",
    silence: "expected",
    strike: ({ host }) => killNginx(host),
    mend: nothing,
  },
  {
    name: "the way to Docker",
    goku: "lives",
    silence: "counts",
    strike: ({ docker }) => docker.cut(),
    mend: ({ docker }) => docker.mend(),
  },
  { name: "the whole server", goku: "dies", silence: "expected", strike: reboot, mend: nothing },
];

export const consulKilled: Blow = {
  name: "Consul",
  goku: "lives",
  silence: "counts",
  strike: async ({ consul }) => consul?.kill(),
  mend: async ({ consul }) => consul?.start(),
};

/** Docker starts what it can, in an order of its own, and some of it cannot start yet: what it joins is down. */
async function reboot(world: World): Promise<void> {
  const { host } = world;
  await killNginx(host);
  const sshd = (await readFile(join(host.data, "ssh/sshd.pid"), "utf8")).trim();
  await exec("kill", ["-9", sshd]);
  const all = (await containersOf(host.instance)).toReversed();
  await exec("docker", ["kill", ...all.map(({ id }) => id)]);
  await exec("docker", ["start", ...all.slice(0, 3).map(({ id }) => id)]);
}
