import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearTemporaries, writeFileAtomically } from "../../src/system/file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-file-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("what was left by a write that never ended", () => {
  it("goes, and nothing else does", async () => {
    await writeFileAtomically(join(folder, "kept"), "text", { mode: 0o600 });
    await writeFile(join(folder, "kept.0123456789ab.tmp"), "te");
    await writeFile(join(folder, "somebody's.tmp"), "");
    await clearTemporaries(folder);
    expect((await readdir(folder)).sort()).toEqual(["kept", "somebody's.tmp"]);
    expect(await readFile(join(folder, "kept"), "utf8")).toBe("text");
  });

  it("is nothing where there is no folder", async () => {
    await clearTemporaries(join(folder, "none"));
    expect(await readdir(folder)).toEqual([]);
  });
});
