import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Vars } from "../../src/ports.ts";
import type { Store } from "../../src/store-ports.ts";
import { openStore } from "../../src/store/store.ts";
import { embeddedVars } from "../../src/vars/embedded-vars.ts";
import { varsContract } from "./contract.ts";
import { quickFolder } from "../support/quick-folder.ts";

let folder: string;
let store: Store;
let vars: Vars;

beforeAll(() => {
  folder = quickFolder("goku-vars-");
  store = openStore(join(folder, "goku.db"));
  vars = embeddedVars(store.embeddedVars);
});

afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe("the embedded store", () => {
  varsContract(() => vars);

  test("keeps vars when the store is opened again", async () => {
    await vars.change("kept", { set: { A: "1" }, remove: [] });
    const again = openStore(join(folder, "goku.db"));
    expect(await embeddedVars(again.embeddedVars).read("kept")).toEqual({ A: "1" });
    again.close();
  });

  test("takes more keys at once than Consul would", async () => {
    const names = Array.from({ length: 200 }, (_, at) => `KEY_${at}`);
    const set = Object.fromEntries(names.map((name) => [name, "1"]));
    expect((await vars.change("many", { set, remove: [] })).changed).toHaveLength(200);
  });
});
