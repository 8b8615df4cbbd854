import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Route } from "../../src/route.ts";
import { findMaster } from "../../src/router/nginx/master.ts";
import { createLog } from "../../src/system/log.ts";
import { collector } from "../support/collector.ts";
import {
  eventually,
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
  type TestCertificate,
} from "./fixture.ts";

let host: Host;
let backend: TestBackend;
let next: TestBackend;

beforeAll(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", "here");
  next = await startBackend("127.0.0.3", "next");
  await host.router.start();
});
afterAll(async () => {
  await host.end();
  await Promise.all([backend.close(), next.close()]);
});

interface SecureApp {
  readonly app: string;
  readonly files: TestCertificate;
  readonly route: Route;
  /** To another server. */
  readonly moved: Route;
}

/** An app with a certificate of its own, in its name. */
async function secureApp(app: string): Promise<SecureApp> {
  const certificate = await makeCertificate(host.folder, app);
  const routeTo = (server: TestBackend) => routeOf(app, [server], { certificate });
  return { app, files: certificate, route: routeTo(backend), moved: routeTo(next) };
}

async function published(app: string): Promise<SecureApp> {
  const secure = await secureApp(app);
  await host.publish(secure.route);
  return secure;
}

/** The name in the certificate that an app is served with. */
async function servedName(app: string): Promise<string> {
  const socket = connect({
    host: "127.0.0.1",
    port: host.httpsPort,
    servername: `${app}.example.test`,
    rejectUnauthorized: false,
  });
  await once(socket, "secureConnect");
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

/** The files have another certificate and its key from now on, in this name. */
async function renew({ files }: SecureApp, name: string): Promise<void> {
  const other = await makeCertificate(host.folder, name);
  await cp(other.certificate, files.certificate);
  await cp(other.key, files.key);
}

const bodyOf = async (app: string) => (await host.get(`${app}.example.test`)).body;
const isPublished = ({ app, route }: SecureApp) => host.router.isPublished(app, route);

/** Folders with a copy. */
async function copiesOf(app: string): Promise<string[]> {
  const folder = join(host.places.certificates, app);
  return (await readdir(folder)).map((name) => join(folder, name));
}

describe("apps whose certificates have gone bad on disk", () => {
  const ways = new Map<string, (files: TestCertificate) => Promise<void>>([
    ["without-certificate", ({ certificate }) => rm(certificate)],
    ["without-key", ({ key }) => rm(key)],
    ["half-a-certificate", ({ certificate }) => truncate(certificate, 200)],
    ["empty-key", ({ key }) => truncate(key, 0)],
    [
      "key-of-another",
      async ({ key }) => cp((await makeCertificate(host.folder, "another")).key, key),
    ],
    [
      "pipe-of-nobody",
      async ({ certificate }) => {
        await rm(certificate);
        await promisify(execFile)("mkfifo", [certificate]);
      },
    ],
  ]);

  it("stay on the air when another is published", async () => {
    const apps = await Promise.all([...ways.keys()].map(secureApp));
    await host.publish(...apps.map(({ route }) => route));
    await Promise.all([...ways.values()].map((spoil, at) => spoil(apps[at]!.files)));

    await host.publish(routeOf("blog-main", [next]));

    expect(await bodyOf("blog-main")).toBe("next");
    for (const secure of apps) {
      expect(await bodyOf(secure.app)).toBe("here");
      expect(await servedName(secure.app)).toBe(secure.app);
      // Nothing that would have to be mended.
      expect(await isPublished(secure)).toBe(true);
    }
  });

  it("come back with an nginx that is started anew", async () => {
    const { app, files } = await published("rebooted-main");
    await rm(files.certificate);
    process.kill(await host.master(), "SIGTERM");
    await eventually("the end of nginx", async () => (await findMaster(host.places)) === null);

    await host.restarted().start();

    expect(await servedName(app)).toBe(app);
  });

  it("are refused at their next deploy, and serve on", async () => {
    const { app, files, moved } = await published("refused-main");
    await rm(files.certificate);

    await expect(host.router.prepare(moved)).rejects.toMatchObject({
      code: "refused",
      message: `SSL_CERTIFICATE names ${files.certificate}, and there is no such file on the server.`,
    });
    expect(await servedName(app)).toBe(app);
  });

  it("can be led elsewhere with the certificate that they are served with", async () => {
    const { app, files, moved } = await published("moved-main");
    await truncate(files.key, 0);

    await host.router.publish([await host.router.prepare(moved, { servedCertificate: true })]);

    expect(await bodyOf(app)).toBe("next");
    expect(await servedName(app)).toBe(app);
    expect(await host.router.isPublished(app, moved)).toBe(true);
  });

  it("have that logged once, and once that it is in order again", async () => {
    const { app, files, route } = await published("logged-main");
    const { stream, text } = collector();
    const router = host.restarted({ log: createLog("info", stream) });
    const look = () => router.isPublished(app, route);
    const good = await readFile(files.certificate);

    await truncate(files.certificate, 200);
    expect([await look(), await look()]).toEqual([true, true]);
    expect(text()).toContain("is not a certificate in PEM format");
    await writeFile(files.certificate, good);
    expect([await look(), await look()]).toEqual([true, true]);

    expect(text().trim().split("\n")).toEqual([
      expect.stringContaining("it is served as before"),
      expect.stringContaining("in order again"),
    ]);
  });
});

describe("a renewed certificate", () => {
  it("is a route that is not published yet, and is served once it is", async () => {
    const secure = await published("renewed-main");
    await renew(secure, "renewed");

    expect(await isPublished(secure)).toBe(false);
    await host.publish(secure.route);

    expect(await servedName(secure.app)).toBe("renewed");
    expect(await isPublished(secure)).toBe(true);
  });

  it("that only nginx finds wrong is not taken, in words about the file that was named", async () => {
    const secure = await published("chained-main");
    const { certificate } = secure.files;
    const broken = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    await writeFile(certificate, `${await readFile(certificate, "utf8")}${broken}`);

    expect(await isPublished(secure)).toBe(true);
    await expect(host.router.prepare(secure.route)).rejects.toThrow(
      `nginx does not accept the route of chained-main: cannot load certificate "${certificate}"`,
    );

    expect(await copiesOf(secure.app)).toHaveLength(1);
    await host.publish(routeOf("blog-main", [next]));
    expect(await servedName(secure.app)).toBe(secure.app);
  });
});

describe("an app whose vhost names no copy", () => {
  /** Its template has no word of the certificate that the app was given. */
  async function plainApp(app: string): Promise<SecureApp> {
    const template = join(host.folder, `${app}.hbs`);
    await writeFile(
      template,
      "server { listen {{http}}; server_name {{serverNames}}; return 200 '{{#each backends}}{{address}}{{/each}}'; }",
    );
    const { files, route, moved } = await secureApp(app);
    await host.publish({ ...route, template });
    return { app, files, route: { ...route, template }, moved: { ...moved, template } };
  }

  it("can be led elsewhere while the files are not in order", async () => {
    const { app, files, route, moved } = await plainApp("plain-bad-main");
    await rm(files.certificate);

    expect(await host.router.isPublished(app, route)).toBe(true);
    await host.router.publish([await host.router.prepare(moved, { servedCertificate: true })]);

    expect(await bodyOf(app)).toBe("127.0.0.3");
  });

  it("since an earlier Goku wrote it, is as it should be while the files are not in order", async () => {
    const secure = await published("earlier-main");
    const vhost = join(host.places.apps, `${secure.app}.conf`);
    const [folder = ""] = await copiesOf(secure.app);
    const text = await readFile(vhost, "utf8");
    await writeFile(
      vhost,
      text
        .replaceAll(join(folder, "certificate.pem"), secure.files.certificate)
        .replaceAll(join(folder, "key.pem"), secure.files.key),
    );
    await rm(secure.files.key);

    expect(await isPublished(secure)).toBe(true);
    await host.router.remove(secure.app);
  });
});

describe("a copy", () => {
  it("is for Goku alone to read", async () => {
    const { app } = await published("private-main");
    const [folder = ""] = await copiesOf(app);
    const names = await readdir(folder);
    const paths = [host.places.certificates, folder, ...names.map((name) => join(folder, name))];

    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));

    expect(names).toEqual(["certificate.pem", "key.pem"]);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  it("that was damaged is made again", async () => {
    const secure = await published("damaged-main");
    const [folder = ""] = await copiesOf(secure.app);
    await truncate(join(folder, "key.pem"), 10);

    expect(await isPublished(secure)).toBe(true);

    expect(await readFile(join(folder, "key.pem"))).toEqual(await readFile(secure.files.key));
  });

  it("goes when neither the vhost nor the one before it names it", async () => {
    const secure = await published("changing-main");
    const [first] = await copiesOf(secure.app);
    await renew(secure, "second");
    await host.publish(secure.route);
    expect(await copiesOf(secure.app)).toHaveLength(2);
    expect(await copiesOf(secure.app)).toContain(first);

    await renew(secure, "third");
    await host.publish(secure.route);

    expect(await copiesOf(secure.app)).toHaveLength(2);
    expect(await copiesOf(secure.app)).not.toContain(first);
    expect(await servedName(secure.app)).toBe("third");
  });

  it("goes with the app's route", async () => {
    const { app } = await published("leaving-main");
    expect(await readdir(host.places.certificates)).toContain(app);

    await host.router.remove(app);

    expect(await readdir(host.places.certificates)).not.toContain(app);
  });

  it("goes with an app that was never on the air", async () => {
    const { app, route } = await secureApp("draft-main");
    await host.router.prepare(route);
    expect(await readdir(host.places.certificates)).toContain(app);

    await host.router.forget(app);

    expect(await readdir(host.places.certificates)).not.toContain(app);
  });

  it("that a look made after its app's removal is found, and goes", async () => {
    const { app, route } = await published("late-main");
    await host.router.remove(app);
    await host.router.forget(app);
    await host.router.isPublished(app, route);
    expect(await readdir(host.places.certificates)).toContain(app);

    expect(await host.router.published()).toContain(app);
    await host.router.remove(app);

    expect(await readdir(host.places.certificates)).not.toContain(app);
    expect(await host.router.published()).not.toContain(app);
  });

  it("that was only tried is not left behind", async () => {
    const { app, route } = await secureApp("tried-main");

    await host.router.prepare(route);

    const left = await readdir(host.places.check);
    expect(left.filter((name) => name.startsWith(app))).toEqual([]);
  });
});
