import { describe, expect, it } from "vitest";
import type { App } from "../../src/app.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { ownPortFindings } from "../../src/deploy/plan/own-ports.ts";
import { assertAllowed } from "../../src/deploy/story/policy.ts";
import type { ComposeProject, Project } from "../../src/project.ts";
import { readProject } from "../../src/project/read-project.ts";
import type { Finding, FindingKind, TreeMount } from "../../src/service.ts";
import type { Policy, Settings } from "../../src/settings/settings.ts";
import { emptyStore } from "../store/open.ts";
import { stub } from "../web/stub.ts";
import { composeProject, service } from "./compose-parts.ts";
import { listening } from "./test-parts.ts";

interface Server {
  readonly parts: Pick<Parts, "store" | "settings">;
  readonly app: App;
}

function serverWith(policy: Policy, allowed: readonly FindingKind[] = []): Server {
  const store = emptyStore();
  store.apps.setDefaultBranch("blog", "main");
  const app = store.apps.create("blog", "main");
  store.apps.create("shop", "main");
  store.allowances.allow(app.id, allowed);
  return {
    parts: {
      store,
      settings: stub<Settings>("settings", {
        policy,
        instance: "t1",
        domain: "goku.test",
        ...listening,
      }),
    },
    app,
  };
}

/** @returns what the one who brought it is warned of */
function bring({ parts, app }: Server, project: Project, byAdmin: boolean): string[] {
  const warnings: string[] = [];
  const report = { ...silentReport, warn: (line: string) => warnings.push(line) };
  assertAllowed(parts, app, project, { byAdmin }, report);
  return warnings;
}

function dockerfile(...lines: readonly string[]): Project {
  const files = new Map([["Dockerfile", `${lines.join("\n")}\nEXPOSE 80\n`]]);
  return readProject(files, serverWith("lenient").app, { BUILDKIT_SYNTAX: "evil/other" });
}

const { definition } = composeProject([service("web")]);

function compose(...findings: readonly Finding[]): Project {
  const nothing = { mounts: [], routes: [], domains: [] };
  return stub<ComposeProject>("project", { kind: "compose", ...nothing, findings, definition });
}

const socket: Finding = { kind: "docker-socket", text: "service web mounts /run/docker.sock" };
const privileged: Finding = { kind: "privileged", text: "service web sets privileged: true" };

describe("the policy on what apps ask of the server", () => {
  it("refuses a deployer, with all findings and the command that allows each", () => {
    expect(() => bring(serverWith("lenient"), compose(socket, privileged), false)).toThrow(
      expect.objectContaining({
        code: "refused",
        message: "blog asks more of the server than it is allowed.",
        hint: "Take it out, or have an admin of this server allow it: octo policy:allow blog docker-socket privileged",
        details: [
          "service web mounts /run/docker.sock (octo policy:allow blog docker-socket)",
          "service web sets privileged: true (octo policy:allow blog privileged)",
        ],
      }),
    );
  });

  it("lets an admin, and tells of each", () => {
    expect(bring(serverWith("lenient"), compose(socket, privileged), true)).toEqual([
      "service web mounts /run/docker.sock (if that is meant: octo policy:allow blog docker-socket)",
      "service web sets privileged: true (if that is meant: octo policy:allow blog privileged)",
    ]);
  });

  it("refuses an admin, too, where it is strict", () => {
    expect(() => bring(serverWith("strict"), compose(socket), true)).toThrow(
      "asks more of the server than it is allowed",
    );
  });

  it.each(["lenient", "strict"] as const)("says nothing of what is allowed: %s", (policy) => {
    const server = serverWith(policy, ["docker-socket"]);
    expect(bring(server, compose(socket), false)).toEqual([]);
    expect(bring(server, compose(socket), true)).toEqual([]);
  });

  it("still refuses what is not allowed, and names that alone", () => {
    const server = serverWith("lenient", ["docker-socket"]);
    expect(() => bring(server, compose(socket, privileged), false)).toThrow(
      expect.objectContaining({
        details: ["service web sets privileged: true (octo policy:allow blog privileged)"],
      }),
    );
  });

  it("does not take what another app is allowed", () => {
    const server = serverWith("lenient");
    server.parts.store.allowances.allow("shop-main", ["docker-socket"]);
    expect(() => bring(server, compose(socket), false)).toThrow("than it is allowed");
  });
});

describe("the policy on a Dockerfile", () => {
  it.each([
    [
      "# MOUNT_FROM_HOST /srv /srv",
      ["# MOUNT_FROM_HOST /srv mounts what is the server's", "host-mounts"],
    ],
    [
      "# MOUNT_FROM_HOST /var/run/docker.sock /x",
      ["# MOUNT_FROM_HOST /var/run/docker.sock mounts what is the server's", "docker-socket"],
    ],
    [
      "# PORTS_FROM_HOST 22 22",
      ["# PORTS_FROM_HOST 22 publishes a port that belongs to the server", "host-ports"],
    ],
    [
      "# PORTS_FROM_HOST 2222 22",
      ["# PORTS_FROM_HOST 2222 publishes port 2222, which is Goku's own", "host-ports"],
    ],
    [
      "# LINK_SERVICE db shop-main-db-1",
      [
        "# LINK_SERVICE db shop-main-db-1 links to a container of others, as its name does not begin with blog_",
        "networks",
      ],
    ],
  ])("finds %s", (line, [text, kind]) => {
    const server = serverWith("lenient");
    expect(() => bring(server, dockerfile(line, "FROM busybox"), false)).toThrow(
      expect.objectContaining({ details: [`${text} (octo policy:allow blog ${kind})`] }),
    );
  });

  it("finds the socket and more in a folder that holds it", () => {
    const project = dockerfile("# MOUNT_FROM_HOST / /host", "FROM busybox");
    const text = "# MOUNT_FROM_HOST / mounts what is the server's";
    expect(bring(serverWith("lenient"), project, true)).toEqual([
      `${text} (if that is meant: octo policy:allow blog docker-socket)`,
      `${text} (if that is meant: octo policy:allow blog host-mounts)`,
    ]);
  });

  it.each(["shop_redis", "blog-fix_redis", "blog", "blogs_redis", "4b1d0c5f9a3e", "BLOG_redis"])(
    "has a link to %s allowed by an admin",
    (container) => {
      const project = dockerfile(`# LINK_SERVICE db ${container}`, "FROM busybox");
      expect(() => bring(serverWith("lenient"), project, false)).toThrow("than it is allowed");
      expect(bring(serverWith("lenient"), project, true)).toHaveLength(1);
      expect(bring(serverWith("strict", ["networks"]), project, false)).toEqual([]);
    },
  );

  it.each(["FROM shop-main:v3", "FROM t1-shop-main:v3", "FROM busybox\nCOPY --from=shop-main / /"])(
    "finds the image of another app: %s",
    (text) => {
      expect(() => bring(serverWith("lenient"), dockerfile(text), false)).toThrow(
        expect.objectContaining({
          details: [expect.stringContaining("octo policy:allow blog images")],
        }),
      );
    },
  );

  it.each([
    [
      "FROM busybox\nONBUILD COPY --from=shop-main:v3 / /",
      "the image shop-main:v3 of the app shop",
    ],
    ["FROM busybox AS a\nONBUILD \\\n  COPY --from=t1-shop-main / /\nFROM a", "t1-shop-main"],
    ["FROM busybox\nONBUILD RUN --mount=from=shop-main:v3,target=/x true", "shop-main:v3"],
    ["# syntax=evil/frontend\nFROM busybox", "the Dockerfile is built by evil/frontend"],
    ["# BUILD_ARG BUILDKIT_SYNTAX\nFROM busybox", "the Dockerfile is built by evil/other"],
  ])("finds a way around that: %j", (text, found) => {
    const project = dockerfile(text);
    expect(() => bring(serverWith("lenient"), project, false)).toThrow(
      expect.objectContaining({ details: [expect.stringContaining(found)] }),
    );
    expect(bring(serverWith("strict", ["images"]), project, false)).toEqual([]);
  });

  it("says nothing of what everybody may ask for", () => {
    const project = dockerfile(
      "# PORTS_FROM_HOST 5432 5432",
      "# LINK_SERVICE redis",
      "# LINK_SERVICE cache blog_redis",
      "FROM blog-main:v1 AS old",
      "FROM busybox",
      "COPY --from=old / /old",
      "ONBUILD COPY --from=old / /old",
      "ONBUILD RUN --mount=type=cache,target=/x echo --from=shop-main",
    );
    expect(bring(serverWith("strict"), project, false)).toEqual([]);
  });
});

describe("ports of Goku's own in a compose file", () => {
  const publishing = (...ports: readonly object[]) =>
    composeProject([service("web")], {
      definition: {
        services: { web: { ports } },
        networks: {},
        volumes: {},
        secrets: {},
        configs: {},
      },
    });

  it.each([
    ["2222", [2222]],
    ["7000", [7000]],
    ["8000-9000", [8500]],
    ["2000-9000", [7000, 2222, 8500]],
  ])("%s is the admin's to allow", (published, found) => {
    const project = publishing({ target: 80, published });
    expect(bring(serverWith("lenient"), project, true)).toEqual(
      found.map(
        (port) =>
          `service web publishes port ${port}, which is Goku's own (if that is meant: octo policy:allow blog host-ports)`,
      ),
    );
    expect(() => bring(serverWith("lenient"), project, false)).toThrow("than it is allowed");
  });

  it("are not those of a Consul on another machine", () => {
    const project = publishing({ target: 80, published: "8500" });
    const settings = { ...listening, consul: "http://consul.example.org:8500" };
    expect(ownPortFindings(settings, project)).toEqual([]);
    expect(ownPortFindings(listening, project)).toHaveLength(1);
  });

  it.each(["3000", "2223-6999", "0", undefined])("%s is everybody's", (published) => {
    expect(bring(serverWith("strict"), publishing({ target: 80, published }), false)).toEqual([]);
  });
});

describe("folders that releases share", () => {
  const kept = (path: string): TreeMount => ({
    path,
    kind: "kept",
    form: "folder",
    hash: null,
    source: `/kept/${path}`,
  });
  const mounting = (...paths: readonly string[]) =>
    composeProject([service("web")], { mounts: paths.map(kept) });

  function serverAfter(...paths: readonly string[]): Server {
    const server = serverWith("lenient");
    const { releases } = server.parts.store;
    const opening = { app: server.app.id, commit: "1a2b", by: "ci", reason: "push" };
    const project = composeProject([service("web")], { mounts: paths.map(kept) });
    const { version } = releases.create({ ...opening, door: "push", project });
    releases.goLive(server.app.id, version);
    return server;
  }

  it.each([
    ["data", "data/sub", "the project mounts ./data/sub from within ./data, where"],
    ["", "data", "the project mounts ./data from within the tree, where"],
    ["data/sub", "data", "where v1 mounts ./data/sub"],
  ])("%s before %s is a way to the server's disk", (before, now, text) => {
    expect(() => bring(serverAfter(before), mounting(now), false)).toThrow(
      expect.objectContaining({ details: [expect.stringContaining(text)] }),
    );
  });

  it.each([
    ["data", "data"],
    ["data", "database"],
    ["data/one", "data/two"],
  ])("%s before %s is none", (before, now) => {
    expect(bring(serverAfter(before), mounting(now), false)).toEqual([]);
  });
});
