import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createCopies } from "../../src/router/certificate/copies.ts";
import { placesOf } from "../../src/router/places.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { silentLog } from "../support/silent-log.ts";
import { makeCertificate, routeOf } from "./fixture.ts";

it("a certificate of many apps is tried for one at a time when it is renewed", async () => {
  const folder = quickFolder("goku-tries-");
  onTestFinished(() => rm(folder, { recursive: true }));
  const certificate = await makeCertificate(folder, "wildcard");
  let atOnce = 0;
  let most = 0;
  const copies = createCopies({
    places: placesOf({ folder, logFolder: join(folder, "logs"), otherUser: false }),
    vhosts: { read: async () => null, readLast: async () => null },
    surroundings: {
      http: { host: "127.0.0.1", port: 80 },
      https: { host: "127.0.0.1", port: 443 },
      logFolder: join(folder, "logs"),
    },
    async complaintAbout() {
      most = Math.max(most, ++atOnce);
      await turn();
      atOnce -= 1;
      return null;
    },
    log: silentLog(),
  });
  const apps = Array.from({ length: 5 }, (_, at) => `app-${at}`);

  await Promise.all(apps.map((app) => copies.inPlace(routeOf(app, [], { certificate }))));

  expect(most).toBe(1);
});
