import { copyFileSync, rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import type { Store } from "../../src/store-ports.ts";
import { openStore } from "../../src/store/store.ts";
import { deferred } from "../../src/system/deferred.ts";
import { adminRights } from "../../src/rights.ts";
import { soon } from "../support/soon.ts";
import { databasePath } from "./open.ts";

/** A store on a disk that keeps what is written when it is told to, and says how often that was. */
function storeOnDisk(gates: readonly Promise<void>[] = []) {
  const path = databasePath();
  const disk = databasePath();
  let times = 0;
  const store = openStore(path, async () => {
    const gate = gates[times];
    times += 1;
    for (const suffix of ["", "-wal"]) {
      copyFileSync(`${path}${suffix}`, `${disk}${suffix}`);
    }
    await gate;
  });
  onTestFinished(() => store.close());
  return { store, times: () => times, afterPowerCut: () => keyNames(disk) };
}

function addKey({ keys }: Store, name: string): void {
  keys.add({ name, publicKey: `ssh-ed25519 ${name}`, fingerprint: name, rights: adminRights });
}

/** Names of the keys that a Goku finds, started on these files. */
function keyNames(path: string): string[] {
  const store = openStore(path);
  const names = store.keys.list().map(({ name }) => name);
  store.close();
  // The next cut leaves files of its own.
  rmSync(`${path}-shm`, { force: true });
  return names;
}

test("what was written before a sync is there after a power cut, and stays gone", async () => {
  const { store, afterPowerCut } = storeOnDisk();
  addKey(store, "laptop");
  await store.sync();
  addKey(store, "phone");
  expect(afterPowerCut()).toEqual(["laptop"]);
  store.keys.remove("laptop");
  await store.sync();
  expect(afterPowerCut()).toEqual(["phone"]);
});

test("the real disk is asked for what SQLite wrote", async () => {
  const path = databasePath();
  let synced = -1;
  const store = openStore(path, async (file) => {
    await file.datasync();
    synced = (await file.stat()).size;
  });
  await store.sync();
  const before = synced;
  addKey(store, "laptop");
  await store.sync();
  expect(before).toBeGreaterThanOrEqual(0);
  expect(synced).toBeGreaterThan(before);
  store.close();
  const plain = openStore(path);
  await expect(plain.sync()).resolves.toBeUndefined();
  plain.close();
});

test("who asks while the disk is at work waits for the next time, together with all who do", async () => {
  const first = deferred<void>();
  const second = deferred<void>();
  const { store, times, afterPowerCut } = storeOnDisk([first.promise, second.promise]);
  const ended: string[] = [];
  const ask = async (name: string) => {
    addKey(store, name);
    await store.sync();
    ended.push(name);
  };
  const one = ask("one");
  await soon(times).toBe(1);
  const others = ["two", "three", "four"].map(ask);
  first.resolve();
  await one;
  await soon(times).toBe(2);
  expect(ended).toEqual(["one"]);
  expect(afterPowerCut()).toEqual(["four", "three", "two", "one"]);
  second.resolve();
  await Promise.all(others);
  expect(times()).toBe(2);
});

test("what the disk refuses is said to all who ask, and it is not believed later", async () => {
  let times = 0;
  const store = openStore(databasePath(), async () => {
    times += 1;
    throw new Error("EIO: i/o error, fdatasync");
  });
  onTestFinished(() => store.close());
  const refusal = { code: "unavailable", message: expect.stringContaining("power cut") };
  const both = [store.sync(), store.sync()];
  await expect(both[0]).rejects.toMatchObject(refusal);
  await expect(both[1]).rejects.toMatchObject(refusal);
  await expect(store.sync()).rejects.toMatchObject(refusal);
  expect(times).toBe(1);
});
