import { expect, it } from "vitest";
import { putRoute } from "../../src/deploy/story/put-route.ts";
import { badProject } from "../../src/errors.ts";
import type { Route } from "../../src/route.ts";
import { testWorld } from "./test-parts.ts";

it("a route that was accepted before is put there also where its certificate has gone bad", async () => {
  const published: string[] = [];
  const { parts } = testWorld({
    router: {
      prepare: async ({ app }, options) => {
        if (options?.servedCertificate !== true) {
          throw badProject("There is no such file on the server.", "Put it there.");
        }
        return { app, text: "" };
      },
      publish: async (routes) => void published.push(...routes.map(({ app }) => app)),
    },
  });
  const certificate = { certificate: "/gone.pem", key: "/gone.key" };
  const sites = [{ domains: ["blog.goku.test"], backends: [] }];
  const app = "blog-main";
  const route: Route = { app, sites, certificate, sslForced: false, template: null };

  await putRoute(parts, app, route);

  expect(published).toEqual([app]);
});
