import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyIsGone, notAllowed } from "../../src/errors.ts";
import { gitServices } from "../../src/receiver/push.ts";
import { maxAttempts } from "../../src/web/authentication.ts";
import { postTo } from "./post-to.ts";
import { sentenceIn } from "./refusals.ts";
import { routesOf } from "./routes-of.ts";
import { nobody, secret, startTwoRepositories, zeros } from "./two-repositories.ts";
import type { WholeWeb } from "./whole-web.ts";

/* What somebody gets of git with a right to less: to look, to another repository, or to what was theirs a moment ago. */

let web: WholeWeb;
let commit: string;

beforeAll(async () => {
  ({ web, commit } = await startTwoRepositories());
});

afterAll(() => web.close());

const packetLine = (text: string) => (text.length + 4).toString(16).padStart(4, "0") + text;

it("a reader's token fetches, and pushes nothing", async () => {
  const before = await web.snapshot();
  const ask = async (method: string, path: string, body?: string) => {
    const headers = {
      authorization: "Bearer shopper:secret-of-shopper",
      "content-type": `application/x-${path.split("/").at(-1)}-request`,
    };
    const where = { host: "127.0.0.1", port: web.port, path: `/git/shop.git/${path}` };
    return (await postTo({ ...where, method, headers, body })).body;
  };
  const { message } = notAllowed("shopper", "push to shop");
  const update = `${commit} ${zeros} refs/heads/main\0 report-status delete-refs\n`;
  const push = `${packetLine(update)}0000`;
  const want = `${packetLine(`want ${commit}\n`)}0000${packetLine("done\n")}`;
  expect(await ask("GET", "info/refs?service=git-upload-pack")).toContain(commit);
  expect(await ask("POST", "git-upload-pack", want)).toContain("PACK");
  expect(sentenceIn(await ask("GET", "info/refs?service=git-receive-pack"))).toBe(message);
  expect(sentenceIn(await ask("POST", "git-receive-pack", push))).toBe(message);
  expect(await web.snapshot()).toBe(before);
});

it("guesses of a token are heard as seldom by git's door as by the API's", async () => {
  const ask = (path: string, authorization: string) => {
    const where = { host: "127.0.0.1", port: web.port, localAddress: "127.0.0.2", path };
    return postTo({ ...where, method: "GET", headers: { authorization } });
  };
  const refs = "/git/shop.git/info/refs?service=git-upload-pack";
  for (let count = 0; count < maxAttempts; count += 1) {
    expect((await ask(refs, "Bearer shopper:guess")).status).toBe(401);
  }
  for (const path of [refs, "/api/version"]) {
    const refused = await ask(path, "Bearer shopper:secret-of-shopper");
    expect(refused.status).toBe(429);
    expect(refused.headers["retry-after"]).toBe("300");
    expect(refused.body).toContain("Too many wrong tokens came from this address.");
  }
});

describe("the hooks' questions on the control socket", () => {
  const ask = (path: string, body: string) =>
    postTo({ socketPath: web.socket, method: "POST", path, body });

  it.each(
    gitServices.flatMap((service) =>
      ["blogger", "shopper", "nobody", ""]
        .filter((key) => service !== "upload-pack" || key !== "shopper")
        .map((key) => [service, key] as const),
    ),
  )("%s of shop is refused to the key %j", async (service, key) => {
    const before = await web.snapshot();
    const { body } = await ask("/hooks/ssh", `${key}\n${process.pid}\n${service}\nshop`);
    const refusals = [
      keyIsGone(key),
      notAllowed(key, "push to shop"),
      notAllowed(key, "read shop"),
    ].map(({ message }) => message);
    expect(refusals).toContain(sentenceIn(body));
    expect(body).toMatch(/\nexit 1\n$/);
    expect(body).not.toContain(web.data);
    // Nor is there a session then.
    const update = await ask(
      "/hooks/update",
      `${process.pid}\nrefs/heads/main\n${commit}\n${zeros}`,
    );
    expect(update.body).toContain("exit 1");
    expect(await web.snapshot()).toBe(before);
  });

  it("a session for one repository writes no other by any hook, whatever its refs are called", async () => {
    const opened = await ask("/hooks/ssh", `blogger\n${process.pid}\nreceive-pack\nblog`);
    expect(opened.body).toMatch(/^ok /);
    const before = await web.snapshot();
    const paths = routesOf(web.control.socket).flatMap(
      (route) => /^POST (\/hooks\/(?!ssh$).*)$/.exec(route)?.[1] ?? [],
    );
    expect(paths).not.toEqual([]);
    for (const ref of [
      "refs/heads/../../../shop.git/refs/heads/main",
      "refs/heads/x\0shop",
      "refs/heads/other",
      "refs/tags/../../shop.git/HEAD",
      "../shop.git/HEAD",
      "HEAD",
      "shop",
      "",
    ]) {
      for (const path of paths) {
        const said = await ask(path, `${process.pid}\n${ref}\n${zeros}\n${commit}`);
        const asLine = await ask(path, `${process.pid}\n${zeros} ${commit} ${ref}`);
        expect(said.body + asLine.body).not.toContain(secret);
      }
    }
    const after = await web.snapshot();
    expect(web.deployed.filter(({ repository }) => repository !== "blog")).toEqual([]);
    expect(web.removed).toEqual([]);
    expect(shopOf(after)).toEqual(shopOf(before));
  });

  it("a session ends with its key's rights", async () => {
    web.addKey("leaver", { ...nobody, deploy: ["blog"] });
    await ask("/hooks/ssh", `leaver\n${process.pid}\nreceive-pack\nblog`);
    web.store.keys.remove("leaver");
    const before = await web.snapshot();
    const update = await ask(
      "/hooks/update",
      `${process.pid}\nrefs/heads/main\n${zeros}\n${commit}`,
    );
    expect(update.body).toContain("no longer known");
    expect(await web.snapshot()).toBe(before);
  });
});

function shopOf(snapshot: string): string[] {
  return snapshot.split("\n").filter((line) => line.includes("shop"));
}
