import { describe, expect, it } from "vitest";
import { floorOf, freeBytes, mustHaveRoom, type Room, whileRoom } from "../../src/system/disk.ts";

const room = (floor: number): Room => ({
  folder: "/",
  floor,
  full: (free) => new Error(`full: ${typeof free}`),
});

const exabyte = 2 ** 60;

describe("a disk", () => {
  it("whose free bytes nobody can see has room", async () => {
    expect(await freeBytes("/nonexistent")).toBeNull();
    await mustHaveRoom({ ...room(exabyte), folder: "/nonexistent" });
  });

  it("has room for what leaves enough", async () => {
    await mustHaveRoom(room(1), 1);
    await expect(mustHaveRoom(room(0), exabyte)).rejects.toThrow("full: number");
    await expect(mustHaveRoom(room(exabyte))).rejects.toThrow("full: number");
  });

  it("keeps what is asked for, or a tenth where it is small", async () => {
    expect(await floorOf("/", 1)).toBe(1);
    const tenth = await floorOf("/", exabyte);
    expect(tenth).toBeGreaterThan(1);
    expect(await floorOf("/", tenth)).toBe(tenth);
  });
});

describe("work that fills a disk", () => {
  it("is not begun without room", async () => {
    let begun = false;
    const work = whileRoom(room(exabyte), async () => {
      begun = true;
    });
    await expect(work).rejects.toThrow("full: number");
    expect(begun).toBe(false);
  });

  it("hands on its result, and its signal stays quiet", async () => {
    const signal = await whileRoom(room(1), async (given) => given);
    expect(signal.aborted).toBe(false);
  });

  it("fails as it fails", async () => {
    const work = whileRoom(room(1), () => Promise.reject(new Error("its own")));
    await expect(work).rejects.toThrow("its own");
  });
});
