import { cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCopies } from "../../src/router/certificate/copies.ts";
import { placesOf } from "../../src/router/places.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { silentLog } from "../support/silent-log.ts";
import { makeCertificate, routeOf } from "./fixture.ts";

/** Copies with an nginx that says `answer`, and counts what it is asked. */
function triedWorld(answer: (vhost: string) => string | null = () => null) {
  const folder = quickFolder("goku-tries-");
  onTestFinished(() => rm(folder, { recursive: true }));
  const tries = { count: 0, atOnce: 0, most: 0 };
  const copies = createCopies({
    places: placesOf({ folder, logFolder: join(folder, "logs"), otherUser: false }),
    vhosts: { read: async () => null, readLast: async () => null },
    surroundings: {
      http: { host: "127.0.0.1", port: 80 },
      https: { host: "127.0.0.1", port: 443 },
      logFolder: join(folder, "logs"),
    },
    async complaintAbout(vhost) {
      tries.count += 1;
      tries.most = Math.max(tries.most, ++tries.atOnce);
      await turn();
      tries.atOnce -= 1;
      return answer(vhost);
    },
    log: silentLog(),
  });
  return { folder, tries, copies };
}

const apps = Array.from({ length: 5 }, (_, at) => `app-${at}`);

describe("nginx is asked about certificates", () => {
  it("of many apps, one at a time", async () => {
    const { folder, tries, copies } = triedWorld();

    await Promise.all(
      apps.map(async (app) => {
        const certificate = await makeCertificate(folder, app);
        return copies.inPlace(routeOf(app, [], { certificate }));
      }),
    );

    expect(tries).toMatchObject({ count: 5, most: 1 });
  });

  it("once about one that many apps have", async () => {
    const { folder, tries, copies } = triedWorld();
    const certificate = await makeCertificate(folder, "wildcard");

    await Promise.all(apps.map((app) => copies.inPlace(routeOf(app, [], { certificate }))));

    expect(tries.count).toBe(1);
  });

  it("and each app is told in words about its own files", async () => {
    const { folder, tries, copies } = triedWorld(
      (vhost) => `[emerg] cannot load certificate "${join(dirname(vhost), "certificate.pem")}"`,
    );
    const one = await makeCertificate(folder, "one");
    const two = { certificate: join(folder, "two.crt"), key: join(folder, "two.key") };
    await cp(one.certificate, two.certificate);
    await cp(one.key, two.key);

    const ended = await Promise.allSettled([
      copies.inPlace(routeOf("app-1", [], { certificate: one })),
      copies.inPlace(routeOf("app-2", [], { certificate: two })),
    ]);

    expect(tries.count).toBe(1);
    expect(ended).toMatchObject(
      [one, two].map(({ certificate }, at) => ({
        reason: {
          message: `nginx does not accept the route of app-${at + 1}: cannot load certificate "${certificate}".`,
        },
      })),
    );
  });

  it("anew when somebody asks later, since nginx may be another by then", async () => {
    let answer: string | null = "[emerg] ee key too small";
    const { folder, tries, copies } = triedWorld(() => answer);
    const certificate = await makeCertificate(folder, "weak");
    const place = () => copies.inPlace(routeOf("app-0", [], { certificate }));
    await expect(place()).rejects.toThrow("ee key too small");

    answer = null;
    await place();

    expect(tries.count).toBe(2);
  });
});
