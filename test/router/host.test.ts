import http from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Host, listen, makeHost, routeOf, startBackend } from "./fixture.ts";

let host: Host;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
});
afterAll(() => host.end());

describe("a host", () => {
  it("that nobody has gets a plain 404", async () => {
    const answer = await host.get("unknown.example.test");

    expect(answer).toMatchObject({ status: 404, headers: { "content-type": "text/html" } });
    expect(answer.body).toContain("There is no app under this name");
    expect(answer.headers.server).toBe("nginx");
  });

  it("of a stopped app gets 503 and when to come back", async () => {
    await host.publish(routeOf("stopped-main", []));
    const answer = await host.get("stopped-main.example.test");

    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
    // It may as well be down.
    expect(answer.body).toContain("This app is not running");
  });

  it("of an app whose only replica fails is asked again at once when that is back", async () => {
    const flaky = await startBackend("127.0.0.5", "back");
    await host.publish(routeOf("flaky-main", [flaky]));
    await flaky.close();
    expect((await host.get("flaky-main.example.test")).status).toBe(502);

    const again = http.createServer((_request, response) => response.end("back"));
    await listen(again, flaky.port, "127.0.0.5");
    const answer = await host.get("flaky-main.example.test");
    await new Promise((resolve) => again.close(resolve));

    expect(answer).toMatchObject({ status: 200, body: "back" });
  });

  it("of an app with a dead replica is served by the others", async () => {
    const dead = await startBackend("127.0.0.3", "dead");
    const alive = await startBackend("127.0.0.4", "alive");
    onTestFinished(() => alive.close());
    await host.publish(routeOf("pair-main", [dead, alive]));
    await dead.close();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => host.get("pair-main.example.test")),
    );

    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(["200 alive"]),
    );
  });

  it("that was removed is unknown again, and removing it twice is no error", async () => {
    const backend = await startBackend("127.0.0.2", "still there");
    onTestFinished(() => backend.close());
    await host.publish(routeOf("gone-main", [backend]));
    expect((await host.get("gone-main.example.test")).status).toBe(200);

    await host.router.remove("gone-main");
    await host.router.remove("gone-main");

    expect((await host.get("gone-main.example.test")).status).toBe(404);
    expect(await host.router.published()).not.toContain("gone-main");
  });

  it("goku.<domain> is Goku itself", async () => {
    const web = http.createServer((request, response) => request.pipe(response));
    await listen(web, host.webPort, "127.0.0.1");
    const answer = await host.get("goku.example.test", "/git/blog.git/info/refs");
    await new Promise((resolve) => web.close(resolve));

    expect(answer.status).toBe(200);
  });
});
