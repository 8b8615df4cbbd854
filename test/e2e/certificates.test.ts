import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import https from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "../support/exec.ts";
import { keyOwner } from "../support/key-owner.ts";
import { awaitReplicas } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("blog")));
  await host.must(host.push("shop", page("shop")));
});

afterAll(async () => {
  await host.destroy();
});

const body = async (domain: string) => (await host.ask(domain)).body;
const noAnswer = () => null;

describe("HTTPS with a certificate of one's own", () => {
  const file = (name: string) => join(host.folder, name);

  beforeAll(async () => {
    for (const name of ["good", "other"]) {
      const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
      const names = ["-subj", "/CN=shop.goku.test", "-addext", "subjectAltName=DNS:shop.goku.test"];
      const files = [
        "-nodes",
        "-days",
        "2",
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.pem`),
      ];
      await host.must(exec("openssl", [...args, ...names, ...files]));
    }
  });

  const setting = (certificate: string, key: string) => [
    "config:set",
    `shop/SSL_CERTIFICATE=${certificate}`,
    `shop/SSL_KEY=${key}`,
  ];

  it("is served, and with SSL_FORCED plain HTTP leads there", async () => {
    await host.must(host.octo(...setting(file("good.pem"), file("good.key"))));
    expect(await askSecurely(file("good.pem"))).toBe("shop");
    expect(await body("shop.goku.test")).toBe("shop");
    await host.must(host.octo("config:set", "shop/SSL_FORCED=1"));
    const plain = await host.ask("shop.goku.test", "/page?x=1");
    const [, port] = host.env["GOKU_HTTPS"]?.split(":") ?? [];
    expect(plain.status).toBe(301);
    expect(plain.headers["location"]).toBe(`https://shop.goku.test:${port}/page?x=1`);
    expect(await askSecurely(file("good.pem"))).toBe("shop");
  });

  it("of files that are missing, no certificate, or no pair is refused, and the old one serves on", async () => {
    await writeFile(file("nonsense.pem"), "hello");
    for (const [certificate, key, says] of [
      ["/no/such.pem", file("good.key"), "there is no such file on the server"],
      [file("nonsense.pem"), file("good.key"), "is not a certificate in PEM format"],
      [file("good.pem"), file("other.key"), "does not belong to the certificate"],
      [file("good.pem"), "", "HTTPS needs both"],
    ] as const) {
      const ended = await host.octo(...setting(certificate, key));
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain(says);
      expect(await askSecurely(file("good.pem"))).toBe("shop");
    }
    expect((await host.octo("config:get", "shop/SSL_KEY")).stdout).toBe(`${file("good.key")}\n`);
  });

  it("is for admins to set, since it names files of the server", async () => {
    const bob = await keyOwner(host, "bob", ["--app", "shop"]);
    for (const key of ["SSL_CERTIFICATE", "SSL_KEY", "NGINX_ALT"]) {
      const ended = await bob.ask("config:set", `shop/${key}=/etc/hostname`);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain("which is for admins");
    }
    const removed = await bob.ask("config:rm", "shop/SSL_CERTIFICATE", "shop/SSL_KEY");
    expect(removed.status).toBe(1);
    expect(await askSecurely(file("good.pem"))).toBe("shop");
  });

  it("gone bad on disk takes nothing off the air; renewed, it is taken up without a deploy", async () => {
    const [certificate, key] = [file("good.pem"), file("good.key")];
    await rename(key, file("away.key"));

    await host.must(host.octo("restart", "blog"));
    expect(await askSecurely(certificate)).toBe("shop");
    const refused = await host.octo("restart", "shop");
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`SSL_KEY names ${key}, and there is no such file on the server.`),
    ]);
    await host.must(host.octo("stop", "shop"));
    expect(await askSecurely(certificate)).toContain("This app is not running");
    await rename(file("away.key"), key);
    await host.must(host.octo("start", "shop"));

    await copyFile(file("other.pem"), certificate);
    await copyFile(file("other.key"), key);
    // Goku looks at the app now, and not within a minute.
    await exec("docker", ["rm", "-f", ...(await awaitReplicas(host, "shop-main", 1))]);
    const renewed = await waitFor(
      () =>
        askSecurely(file("other.pem")).then((text) => (text === "shop" ? text : null), noAnswer),
      { timeoutMs: 60_000 },
    );
    expect(renewed).toBe("shop");
  });

  it("goes with its vars", async () => {
    await host.must(
      host.octo("config:rm", "shop/SSL_CERTIFICATE", "shop/SSL_KEY", "shop/SSL_FORCED"),
    );
    expect(await body("shop.goku.test")).toBe("shop");
    await expect(askSecurely(file("good.pem"))).rejects.toThrow();
  });

  async function askSecurely(certificate: string): Promise<string> {
    const [address, port] = host.env["GOKU_HTTPS"]?.split(":") ?? [];
    const ca = await readFile(certificate);
    return new Promise((done, reject) => {
      const options = { host: address, port, ca, servername: "shop.goku.test", agent: false };
      const headers = { host: "shop.goku.test" };
      const request = https.get({ ...options, headers }, (response) => {
        response.setEncoding("utf8");
        let text = "";
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("end", () => done(text));
      });
      request.once("error", reject);
    });
  }
});
