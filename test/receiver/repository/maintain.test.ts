import { appendFile, mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShelf, type Shelf } from "../support/tree.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const never = new AbortController().signal;
const hourMs = 60 * 60 * 1000;
const pathOf = (repository: string) => join(shelf.folder, "repositories", `${repository}.git`);

describe("maintaining a repository", () => {
  it("packs what many pushes left loose, and keeps all of it", async () => {
    const { repositories, git, work, put } = shelf;
    const copy = await work("loose", { a: "1" });
    const head = await put(copy, "loose");
    await repositories.maintain("loose", never);
    expect(await git(pathOf("loose"), "rev-parse", "refs/heads/main")).toBe(head);
    expect((await repositories.readFiles("loose", head, ["a"])).get("a")).toBe("1");
  });

  it("leaves packed what nothing refers to any more: by itself each delta of a large file is as large", async () => {
    const { repositories, git, work, put, lend } = shelf;
    await put(await work("many", { a: "1" }), "many");
    const path = pathOf("many");
    // More than git lets be before it packs them together.
    for (let at = 0; at < 51; at += 1) {
      await writeFile(join(path, "object"), `object ${at}`);
      const object = await git(path, "hash-object", "-w", "object");
      await writeFile(join(path, "objects-to-pack"), `${object}\n`);
      const pack = "git pack-objects -q objects/pack/pack < objects-to-pack && git prune-packed -q";
      await git(path, "-c", `alias.pack-one=!${pack}`, "pack-one");
    }
    await lend(path);
    await repositories.maintain("many", never);
    const counts = await git(path, "count-objects", "-v");
    expect(counts).toMatch(/^count: 0$/m);
    expect(counts).toMatch(/^in-pack: 54$/m);
    expect(counts).toMatch(/^packs: 2$/m);
  });

  it("removes what a push that was cut off has left, not what one on its way sends", async () => {
    const { repositories, work, put } = shelf;
    await put(await work("torn", { a: "1" }), "torn");
    const objects = join(pathOf("torn"), "objects");
    // Nothing is on its way for longer than the machine is up.
    const limitMs = Math.min(hourMs, uptime() * 1000);
    const quarantine = async (name: string, quietMs: number) => {
      const folder = join(objects, `tmp_objdir-incoming-${name}`);
      const then = new Date(Date.now() - quietMs);
      await mkdir(join(folder, "pack"), { recursive: true });
      await writeFile(join(folder, "pack", "tmp_pack_1"), "half");
      for (const path of [join(folder, "pack", "tmp_pack_1"), join(folder, "pack"), folder]) {
        await utimes(path, then, then);
      }
      return folder;
    };
    await quarantine("torn", 2 * hourMs);
    await quarantine("sent", 0.5 * limitMs);
    const sending = await quarantine("slow", 2 * hourMs);
    await appendFile(join(sending, "pack", "tmp_pack_1"), "more");
    await repositories.maintain("torn", never);
    const left = (await readdir(objects)).filter((name) => name.startsWith("tmp_"));
    expect(left.toSorted()).toEqual(["tmp_objdir-incoming-sent", "tmp_objdir-incoming-slow"]);
  });

  it("removes locks of a git that was killed long ago, and none that is held", async () => {
    const { repositories, work, put } = shelf;
    const copy = await work("locked", { a: "1" });
    await put(copy, "locked");
    const refs = join(pathOf("locked"), "refs", "heads");
    const locked = async (path: string, ageMs: number) => {
      const then = new Date(Date.now() - ageMs);
      await writeFile(path, "");
      await utimes(path, then, then);
    };
    await locked(join(refs, "main.lock"), 1000 * hourMs);
    await locked(join(refs, "other.lock"), 0);
    await locked(join(pathOf("locked"), "packed-refs.lock"), 1000 * hourMs);
    await repositories.maintain("locked", never);
    expect((await readdir(refs)).toSorted()).toEqual(["main", "other.lock"]);
    expect(await readdir(pathOf("locked"))).not.toContain("packed-refs.lock");
  });
});
