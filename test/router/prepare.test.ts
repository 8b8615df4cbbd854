import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/route.ts";
import {
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  routeOfSites,
  type TestCertificate,
} from "./fixture.ts";

const backend: Backend = { address: "127.0.0.2", port: 3000 };

let host: Host;
let one: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
  [one, other] = await Promise.all([
    makeCertificate(host.folder, "one"),
    makeCertificate(host.folder, "other"),
  ]);
});
afterAll(() => host.end());

async function template(name: string, text: string): Promise<string> {
  const path = join(host.folder, name);
  await writeFile(path, text);
  return path;
}

describe("preparing", () => {
  it("changes nothing", async () => {
    const workers = await host.workers();

    const prepared = await host.router.prepare(routeOf("blog-main", [backend]));

    expect(prepared.text).toContain("upstream blog-main");
    expect(await host.router.published()).toEqual([]);
    expect(await readdir(host.places.apps)).toEqual([]);
    expect(await host.workers()).toEqual(workers);
  });

  it("works many at a time, and for one app again", async () => {
    const apps = Array.from({ length: 8 }, (_, index) => `blog-${index % 4}`);

    const prepared = await Promise.all(
      apps.map((app) => host.router.prepare(routeOf(app, [backend]))),
    );

    expect(prepared.map(({ app }) => app)).toEqual(apps);
    const left = (await readdir(host.places.check)).filter((name) => name.endsWith(".conf"));
    expect(left).toEqual(["state.conf"]);
  });
});

describe("without nginx", () => {
  it("preparing and starting say that it is nginx that is missing", async () => {
    const router = host.restarted({ nginx: "/nowhere/nginx" });

    await expect(router.prepare(routeOf("blog-main", [backend]))).rejects.toMatchObject({
      code: "unavailable",
      message: "nginx cannot be run: spawn /nowhere/nginx ENOENT.",
    });
  });
});

describe("a certificate", () => {
  const refusal = (certificate: string, key: string) =>
    host.router.prepare(routeOf("blog-main", [backend], { certificate: { certificate, key } }));

  it("that is in order is taken", async () => {
    await expect(refusal(one.certificate, one.key)).resolves.toMatchObject({ app: "blog-main" });
  });

  it("that does not exist is named", async () => {
    await expect(refusal("/nowhere/a.crt", one.key)).rejects.toMatchObject({
      code: "refused",
      message: "SSL_CERTIFICATE names /nowhere/a.crt, and there is no such file on the server.",
    });
  });

  it("whose key is another's is told so", async () => {
    await expect(refusal(one.certificate, other.key)).rejects.toMatchObject({
      code: "refused",
      message: `The key ${other.key} does not belong to the certificate ${one.certificate}.`,
    });
  });

  it("that is something else is told so, without its content", async () => {
    const path = await template("secret.txt", "the secret\n");

    await expect(refusal(path, one.key)).rejects.toMatchObject({
      message: expect.stringContaining("is not a certificate in PEM format"),
    });
    await expect(refusal(one.certificate, path)).rejects.toMatchObject({
      message: expect.not.stringContaining("the secret"),
    });
  });
});

describe("an alternative template", () => {
  const prepare = (path: string) =>
    host.router.prepare(routeOf("blog-main", [backend], { template: path }));

  it("is rendered with the same values", async () => {
    const path = await template(
      "good.hbs",
      "{{#each backends}}# {{address}}:{{port}}\n{{/each}}" +
        "server { listen {{http}}; server_name {{serverNames}}; return 200 '{{app}}'; }\n",
    );

    const { text } = await prepare(path);

    expect(text).toContain("# 127.0.0.2:3000");
    expect(text).toContain("server_name blog-main.example.test; return 200 'blog-main';");
  });

  it("that doesn't know sites has the first one's values; one that does has all", async () => {
    const first = await template(
      "first.hbs",
      "server { listen {{http}}; server_name {{serverNames}}; # {{domains}} {{stopped}}\n" +
        "return 200 '{{#each backends}}{{address}}{{/each}}'; }\n",
    );
    const all = await template(
      "all.hbs",
      "{{#each sites}}{{#unless stopped}}" +
        "upstream {{upstream}} { {{#each backends}}server {{address}}:{{port}};{{/each}} }\n" +
        "server { listen {{../http}}; server_name {{serverNames}}; location / { proxy_pass http://{{upstream}}; } }\n" +
        "{{/unless}}{{/each}}",
    );
    const sites = [
      { domains: ["blog.example.test"], backends: [backend] },
      { domains: ["api.example.test"], backends: [{ address: "127.0.0.3", port: 3001 }] },
      { domains: ["admin.example.test"], backends: [] },
    ];
    const textWith = async (path: string) =>
      (await host.router.prepare(routeOfSites("blog-main", sites, { template: path }))).text;

    expect(await textWith(first)).toBe(
      `server { listen 127.0.0.1:${host.httpPort}; server_name blog.example.test; # blog.example.test false\n` +
        "return 200 '127.0.0.2'; }\n",
    );
    expect(await textWith(all)).toBe(
      "upstream blog-main { server 127.0.0.2:3000; }\n" +
        `server { listen 127.0.0.1:${host.httpPort}; server_name blog.example.test; location / { proxy_pass http://blog-main; } }\n` +
        "upstream blog-main.2 { server 127.0.0.3:3001; }\n" +
        `server { listen 127.0.0.1:${host.httpPort}; server_name api.example.test; location / { proxy_pass http://blog-main.2; } }\n`,
    );
  });

  it("that nginx does not accept is named, with nginx's own sentence and no file of ours", async () => {
    const path = await template("bad.hbs", "server {\n  listen {{http}};\n  retrun 200;\n}\n");

    await expect(prepare(path)).rejects.toMatchObject({
      code: "refused",
      message: `The template ${path} (NGINX_ALT) is not accepted by nginx: unknown directive "retrun" in line 3.`,
    });
  });

  it("that is no template is named", async () => {
    const unclosed = await template("unclosed.hbs", "{{#if stopped}} server {}");
    const unknown = await template("unknown.hbs", "server { server_name {{nonsense}}; }");

    await expect(prepare(unclosed)).rejects.toThrow(`${unclosed} (NGINX_ALT) is not a template`);
    await expect(prepare(unknown)).rejects.toThrow('"nonsense" not defined');
  });

  it("that does not exist is named", async () => {
    await expect(prepare("/nowhere/x.hbs")).rejects.toThrow(
      "The template /nowhere/x.hbs (NGINX_ALT) cannot be read",
    );
  });

  it("is not read where not everybody may: nginx would quote it", async () => {
    const path = await template("shadow", "root:$y$secret:19000::::::\n");
    await chmod(path, 0o600);

    await expect(prepare(path)).rejects.toMatchObject({
      message: expect.stringMatching(/not readable by everybody(?!.*secret)/),
    });
  });

  it("cannot take over the default host", async () => {
    const path = await template(
      "greedy.hbs",
      "server { listen {{http}} default_server; server_name {{serverNames}}; return 200; }",
    );

    await expect(prepare(path)).rejects.toThrow("duplicate default server");
  });
});
