import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseStarts, shop } from "../support/compose-apps.ts";
import { projectOf } from "../support/inspect.ts";
import { failures, startLoad, summary } from "../support/load.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

const readPage = (body: string) => /^(.+) end$/.exec(body)?.[1] ?? null;

describe("under a steady load", () => {
  it("twenty pushes, config:set, scale and rollback lose no request", async () => {
    const text = (name: string) => `${name} end`;
    await host.must(host.push("busy", shop({ text: text("v0") })));
    const db = await projectOf(host, "busy-main");
    const load = startLoad({
      port: host.httpPort,
      host: `busy.${host.domain}`,
      perSecond: 200,
      read: readPage,
    });
    for (let number = 1; number <= 20; number++) {
      await host.must(host.push("busy", shop({ text: text(`v${number}`) })));
      expect((await host.see("busy")).body).toBe(text(`v${number}`));
    }
    await host.must(host.octo("config:set", "busy/X", "1"));
    await host.must(host.octo("scale", "busy=2"));
    await host.must(host.octo("rollback", "busy"));
    await load.more(50);
    const seen = await load.end();
    console.info(`20 pushes of a project: ${summary(seen)}`);
    expect(failures(seen)).toEqual([]);
    const isDb = ({ service }: { service: string }) => service === "db";
    expect((await projectOf(host, "busy-main")).filter(isDb)).toEqual(db.filter(isDb));
    expect(await databaseStarts(host, "busy")).toBe(1);
  }, 600_000);
});
