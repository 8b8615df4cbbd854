import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Router } from "../../src/ports.ts";
import { askGeneration } from "../../src/router/nginx/status.ts";
import type { Host } from "./fixture.ts";
import { startLoad } from "./load.ts";
import { bodyOf, expectQuickPublish, remove, servingHosts } from "./serving-host.ts";

/** What a Goku that starts makes again, whichever it is. */
export function removedContract(gokuOf: (host: Host) => Router): void {
  const serving = servingHosts();

  describe("what was removed while nginx runs is there again", () => {
    it.each(["", "\u0000\u0000\u0000\u0000"])("the state, with %j in its place", async (text) => {
      const { host } = serving();
      const [master, generation] = [await host.master(), await askGeneration(host.places.status)];
      await (text === "" ? remove(host.places.state) : writeFile(host.places.state, text));

      await gokuOf(host).start();

      expect(await host.master()).toBe(master);
      expect(await askGeneration(host.places.status)).toBeGreaterThan(generation!);
      expect(await bodyOf(host, "blog-main")).toBe("here");
      await gokuOf(host).start();
      await expectQuickPublish(serving(), "shop-main");
    });

    it("the whole folder: what is published again is served again", async () => {
      const { host } = serving();
      const master = await host.master();
      await remove(host.places.folder);

      await gokuOf(host).start();

      expect(await host.master()).toBe(master);
      expect(await host.router.published()).toEqual([]);
      await expectQuickPublish(serving(), "shop-main");
    });

    it("the folder and the socket", async () => {
      const { host } = serving();
      await remove(host.places.folder);
      await remove(host.places.status);

      await gokuOf(host).start();

      await expectQuickPublish(serving(), "shop-main");
    });

    it("the socket, and no request is lost", async () => {
      const { host } = serving();
      const [master, load] = [
        await host.master(),
        startLoad(host.httpPort, "blog-main.example.test", 200),
      ];
      await load.more(30);
      await remove(host.places.status);

      await gokuOf(host).start();

      await load.more(30);
      expect((await load.end()).failures).toEqual([]);
      expect(await host.master()).toBe(master);
      expect(await askGeneration(host.places.status)).not.toBeNull();
    });
  });
}
