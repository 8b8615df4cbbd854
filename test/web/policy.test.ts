import { describe, expect, it } from "vitest";
import type { ComposeProject } from "../../src/project.ts";
import { askApi } from "./ask-api.ts";
import { addApp, addKey, nobody, type TestControl, testControl } from "./test-control.ts";

const project: ComposeProject = {
  kind: "compose",
  file: "compose.yaml",
  submodules: false,
  services: [],
  routes: [],
  domains: [],
  release: null,
  definition: { services: {}, networks: {}, volumes: {}, secrets: {}, configs: {} },
  mounts: [],
  findings: [
    { kind: "privileged", text: "service web sets privileged: true" },
    { kind: "host-ports", text: "service web publishes port 53/udp" },
  ],
  images: {},
  notes: [],
};

/** An app whose live release asks for more than its own. */
function addDemanding(host: TestControl): void {
  const { id } = addApp(host, "blog");
  const pushed = {
    app: id,
    commit: "d".repeat(40),
    door: "push",
    by: "ann",
    reason: "push",
  } as const;
  const { version } = host.store.releases.create({ ...pushed, project });
  host.store.releases.goLive(id, version);
}

describe("octo policy", () => {
  it("tells what the live release asks for, and what of it is allowed", async () => {
    const host = await testControl();
    addDemanding(host);
    host.store.allowances.allow("blog-main", ["host-ports", "volumes"]);
    const answer = await askApi("policy", { app: "blog" }, { at: host.socket });
    expect(answer.result).toEqual({
      app: "blog",
      allowed: ["host-ports", "volumes"],
      findings: [
        { kind: "privileged", text: "service web sets privileged: true", allowed: false },
        { kind: "host-ports", text: "service web publishes port 53/udp", allowed: true },
      ],
    });
  });

  it("tells of nothing where there is no live release", async () => {
    const host = await testControl();
    host.store.apps.create("blog", "main");
    const answer = await askApi("policy", { app: "blog-main" }, { at: host.socket });
    expect(answer.result).toEqual({ app: "blog-main", allowed: [], findings: [] });
  });
});

describe("octo policy:allow and policy:deny", () => {
  it("change what the app may, by either of its names, and leave an event", async () => {
    const host = await testControl();
    addDemanding(host);
    const kinds = ["volumes", "privileged"];
    const allowed = await askApi("policy:allow", { app: "blog", kinds }, { at: host.socket });
    expect(allowed.result).toMatchObject({ allowed: ["privileged", "volumes"] });
    const denied = await askApi(
      "policy:deny",
      { app: "blog-main", kinds: ["volumes"] },
      { at: host.socket },
    );
    expect(denied.result).toMatchObject({ allowed: ["privileged"] });
    expect(host.store.events.list("blog-main", 10)).toMatchObject([
      { app: "blog-main", what: "policy:deny", detail: "volumes" },
      { app: "blog-main", what: "policy:allow", detail: "volumes privileged" },
    ]);
  });

  it.each([
    ["privilege", "Did you mean privileged?"],
    ["docker-sock", "Did you mean docker-socket?"],
    ["everything", "It has one on: privileged, host-namespace, docker-socket, "],
  ])("refuse the kind %s, and change nothing", async (kind, hint) => {
    const host = await testControl();
    addDemanding(host);
    const input = { app: "blog", kinds: ["devices", kind] };
    const answer = await askApi("policy:allow", input, { at: host.socket });
    expect(answer.error).toMatchObject({ code: "usage", hint: expect.stringContaining(hint) });
    expect(host.store.allowances.list("blog-main")).toEqual([]);
  });

  it("say of an app that is not there to push it first, or which is meant", async () => {
    const host = await testControl();
    addDemanding(host);
    const ask = (app: string) =>
      askApi("policy:allow", { app, kinds: ["devices"] }, { at: host.socket });
    expect((await ask("wiki")).error).toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("Push it first"),
    });
    expect((await ask("blgo")).error).toMatchObject({ hint: "Did you mean blog?" });
  });

  it("are for admins: a deployer of the app reads its policy, and cannot change it", async () => {
    const host = await testControl();
    addDemanding(host);
    addKey(host, "ci", { ...nobody, deploy: ["blog", "wiki"] });
    const headers = { "content-type": "application/json", "x-goku-key": "ci" };
    const ask = (verb: string, input: object) =>
      askApi(verb, input, { at: host.socket, headers, body: JSON.stringify(input) });
    for (const verb of ["policy:allow", "policy:deny"]) {
      const answer = await ask(verb, { app: "blog", kinds: ["privileged"] });
      expect(answer.error).toMatchObject({ code: "refused" });
      const absent = await ask(verb, { app: "wiki", kinds: ["privileged"] });
      expect(absent.error).toMatchObject({ code: "refused" });
    }
    expect(host.store.allowances.list("blog-main")).toEqual([]);
    expect((await ask("policy", { app: "blog" })).result).toMatchObject({ app: "blog" });
  });
});
