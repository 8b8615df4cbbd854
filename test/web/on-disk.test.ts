import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { deferred } from "../../src/system/deferred.ts";
import { createLog } from "../../src/system/log.ts";
import { silentLog } from "../support/silent-log.ts";
import { soon } from "../support/soon.ts";
import { askApi } from "./ask-api.ts";
import { addApp, addKey, addToken, nobody, testControl } from "./test-control.ts";

/* What was changed is on the disk before anybody is told of it. */

const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 1),
]).toString("base64")}`;

const changes = [
  { verb: "keys:add", input: { name: "laptop", key: publicKey } },
  { verb: "keys:rm", input: { name: "old-key" } },
  { verb: "tokens:add", input: { name: "robot" } },
  { verb: "tokens:rm", input: { name: "old-token" } },
  { verb: "policy:allow", input: { app: "blog", kinds: ["privileged"] } },
  { verb: "policy:deny", input: { app: "blog", kinds: ["privileged"] } },
  { verb: "config:set", input: { app: "blog", vars: { COLOR: "red" }, restart: false } },
];

async function world(datasync: () => Promise<void>, log = silentLog()) {
  const host = await testControl({ datasync, log });
  addApp(host, "blog");
  addKey(host, "old-key", nobody);
  addToken(host, "old-token", nobody);
  const told: string[] = [];
  const ask = async (verb: string, input: unknown) => {
    const asked = await askApi(verb, input, { at: host.socket });
    told.push(verb);
    return asked;
  };
  return { host, told, ask };
}

it.each(changes)("$verb is told when the disk has it", async ({ verb, input }) => {
  const disk = deferred<void>();
  let begun = 0;
  let eventsThen = 0;
  const { host, told, ask } = await world(() => {
    begun += 1;
    eventsThen = host.store.events.list(null, 10).length;
    return disk.promise;
  });
  const asked = ask(verb, input);
  await soon(() => begun).toBe(1);
  expect(eventsThen).toBe(1);
  await ask("version", {});
  expect(told).toEqual(["version"]);
  disk.resolve();
  expect((await asked).error).toBeNull();
  expect(begun).toBe(1);
});

it("says it, and logs it, where the disk does not confirm that a key is gone", async () => {
  let logged = "";
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const refuse = async () => {
    throw new Error("EIO: i/o error, fdatasync");
  };
  const { host, ask } = await world(refuse, createLog("info", destination));
  const { error } = await ask("keys:rm", { name: "old-key" });
  expect(error).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("the disk has not confirmed it"),
  });
  expect(host.store.keys.find("old-key")).toBeNull();
  expect(logged).toContain("EIO");
});

it("does not ask the disk for who only looks", async () => {
  let begun = 0;
  const { ask } = await world(async () => void (begun += 1));
  await ask("keys:list", {});
  await ask("keys:rm", { name: "nobody-has-it" });
  expect(begun).toBe(0);
});
