import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { consulCatalog } from "../../src/catalog/consul-catalog.ts";
import { noCatalog } from "../../src/catalog/no-catalog.ts";
import type { CatalogService } from "../../src/catalog-ports.ts";
import { waitFor } from "../../src/system/wait.ts";
import { consulBehind } from "../support/consul-proxy.ts";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { freePort } from "../support/free-port.ts";
import { silentLog } from "../support/silent-log.ts";

let consul: TestConsul;

beforeAll(async () => {
  consul = await startConsul({ acl: true });
});

afterAll(() => consul.stop());

const open = (instance = "goku", token = consul.token, address = consul.address) =>
  consulCatalog({ address, token, instance, log: silentLog() });

const at = (last: number, changes: Partial<CatalogService> = {}): CatalogService => ({
  address: `10.213.0.${last}`,
  port: 8080,
  tags: ["http"],
  check: null,
  interval: null,
  ...changes,
});

const servicesSchema = z.record(
  z.string(),
  z.object({
    Service: z.string(),
    Address: z.string(),
    Port: z.number(),
    Tags: z.array(z.string()),
  }),
);
async function servicesOf(name: string) {
  const answer = await consul.request("GET", "/agent/services");
  const services = Object.entries(servicesSchema.parse(await answer.json()));
  return new Map(services.filter(([, { Service }]) => Service === name));
}

/** Paths of everything that is written at this address. */
async function writesTo(): Promise<{ address: string; writes: string[] }> {
  const writes: string[] = [];
  const address = await consulBehind(consul, {
    before: async (path, method) => {
      if (method === "PUT") {
        writes.push(path);
      }
    },
  });
  return { address, writes };
}

test("an app's services are registered", async () => {
  await open().register("blog", [
    at(5),
    at(6, { check: "/up", interval: "1s", tags: ["http", "v2"] }),
  ]);
  expect(await servicesOf("blog")).toEqual(
    new Map([
      [
        "blog-10.213.0.5-8080",
        { Service: "blog", Address: "10.213.0.5", Port: 8080, Tags: ["http"] },
      ],
      [
        "blog-10.213.0.6-8080",
        { Service: "blog", Address: "10.213.0.6", Port: 8080, Tags: ["http", "v2"] },
      ],
    ]),
  );
});

test("a new service passes at once, and one without the tag http has no check", async () => {
  await open().register("passing", [at(5, { interval: "1h" })]);
  await open().register("silent", [at(5, { tags: ["tcp"] })]);
  const answer = await consul.request("GET", "/agent/health/service/name/passing?format=text");
  expect(await answer.text()).toBe("passing");
  const checks = await consul.request("GET", "/health/checks/silent");
  expect(await checks.json()).toEqual([]);
});

test("Consul asks the path that was given", async () => {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    outgoing.end();
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const service = at(5, { address: "127.0.0.1", port, check: "/up?deep=1", interval: "1s" });
  await open().register("asked", [service]);
  await waitFor(() => asked[0] ?? null, { timeoutMs: 30_000 });
  await open().deregister("asked");
  expect(asked[0]).toBe("/up?deep=1");
});

test("the set becomes exactly what is given, the new ones before the old ones go", async () => {
  const { address, writes } = await writesTo();
  const catalog = open("goku", consul.token, address);
  await catalog.register("exact", [at(5), at(6)]);
  writes.length = 0;
  await catalog.register("exact", [at(6), at(7)]);
  expect([...(await servicesOf("exact")).keys()].sort()).toEqual([
    "exact-10.213.0.6-8080",
    "exact-10.213.0.7-8080",
  ]);
  expect(writes).toEqual([
    "/v1/agent/service/register",
    "/v1/agent/service/deregister/exact-10.213.0.5-8080",
  ]);
});

test("giving the same set again writes nothing", async () => {
  const { address, writes } = await writesTo();
  const catalog = open("goku", consul.token, address);
  await catalog.register("again", [at(5), at(6)]);
  expect(writes).toHaveLength(2);
  await catalog.register("again", [at(6), at(5)]);
  expect(writes).toHaveLength(2);
});

test("a service whose definition changed is registered anew", async () => {
  const catalog = open();
  await catalog.register("changed", [at(5)]);
  await catalog.register("changed", [at(5, { tags: ["http", "v2"] })]);
  expect([...(await servicesOf("changed")).values()]).toMatchObject([{ Tags: ["http", "v2"] }]);
});

test("only the app's own services of this Goku are touched", async () => {
  await consul.request(
    "PUT",
    "/agent/service/register",
    JSON.stringify({ ID: "mine-by-hand", Name: "mine", Port: 1 }),
  );
  await open("other").register("mine", [at(9)]);
  await open().register("mine", [at(5)]);
  await open().register("mine2", [at(5)]);
  await open().deregister("mine");
  expect([...(await servicesOf("mine")).keys()].sort()).toEqual([
    "mine-10.213.0.9-8080",
    "mine-by-hand",
  ]);
  expect((await servicesOf("mine2")).size).toBe(1);
});

test("taking away what is not there is no error, also when two do it at once", async () => {
  const catalog = open();
  await catalog.deregister("nobody");
  await catalog.register("twice", [at(5), at(6), at(7)]);
  await Promise.all([catalog.deregister("twice"), catalog.deregister("twice")]);
  expect((await servicesOf("twice")).size).toBe(0);
});

test("what Consul does not accept is passed on in its words", async () => {
  await expect(open().register("odd", [at(5, { interval: "soon" })])).rejects.toMatchObject({
    code: "refused",
    message: expect.stringContaining('invalid duration "soon"'),
  });
});

test("a token without the right is said to be that", async () => {
  const token = await consul.createToken('key_prefix "goku/" { policy = "write" }');
  await expect(open("goku", token).register("blog", [at(5)])).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("refused the token in the setting `consul_token`"),
  });
  await expect(open("goku", randomUUID()).deregister("blog")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("consul_token"),
  });
});

test("Consul gone: the address is named", async () => {
  const address = `http://127.0.0.1:${await freePort()}`;
  await expect(open("goku", null, address).register("blog", [at(5)])).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`Consul at ${address} does not answer`),
  });
});

test("without Consul nothing happens", async () => {
  await expect(noCatalog.register("blog", [at(5)])).resolves.toBeUndefined();
  await expect(noCatalog.deregister("blog")).resolves.toBeUndefined();
});
