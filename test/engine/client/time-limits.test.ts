import { describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { openStream } from "../../../src/engine/client/stream.ts";
import { limitOf } from "../../../src/engine/client/time-limits.ts";
import { type Answers, fakeDocker } from "./fake-docker.ts";
import { soon } from "../../support/soon.ts";

const limits = { lookMs: 50, changeMs: 100 };

async function connectTo(answers: Answers, within = limits) {
  return connectDocker(await fakeDocker(answers), within);
}

describe("the limit of a call", () => {
  it.each([
    ["a look", { method: "GET", path: "/containers/abc/json?" }, 50],
    ["a change", { method: "POST", path: "/containers/create?" }, 100],
    ["a removal", { method: "DELETE", path: "/containers/wait?force=true" }, 100],
    ["a stream", { method: "GET", path: "/containers/abc/logs?", isStream: true }, null],
    ["an attached terminal", { method: "POST", path: "/x?", isStream: true, hijack: true }, null],
    ["a session", { method: "POST", path: "/session", hijack: true }, null],
    ["what sends a file", { method: "POST", path: "/images/load?", file: "x.tar" }, null],
    ["a stop", { method: "POST", path: "/containers/abc/stop?t=600" }, null],
    ["a restart", { method: "POST", path: "/containers/abc/restart?" }, null],
    ["the end of a process", { method: "POST", path: "/containers/abc/wait?" }, null],
  ])("is right for %s", (_, call, ms) => {
    expect(limitOf(call, limits)).toBe(ms);
  });
});

describe("a Docker that hangs", () => {
  it("is given up, and its connection closed", async () => {
    let closed = false;
    const docker = await connectTo((request) => {
      request.socket.on("close", () => (closed = true));
    });
    await expect(docker.getContainer("abc").inspect()).rejects.toMatchObject({
      code: "unavailable",
      message: "Docker does not answer: GET /containers/abc/json took more than 0.05 s.",
    });
    await expect(docker.getContainer("abc").start()).rejects.toThrow(
      "POST /containers/abc/start took more than 0.1 s",
    );
    await soon(() => closed).toBe(true);
  });

  it.each([
    ["falls silent", false],
    ["hangs up", true],
  ])("is given up when it %s in the middle of an answer", async (_, hangsUp) => {
    const docker = await connectTo((_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("{", () => {
        if (hangsUp) {
          response.destroy();
        }
      });
    });
    await expect(docker.getContainer("abc").inspect()).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("ends with the signal's abort where that comes first", async () => {
    const docker = await connectTo(() => undefined, { lookMs: 60_000, changeMs: 60_000 });
    const abortSignal = AbortSignal.timeout(1);
    await expect(docker.getContainer("abc").inspect({ abortSignal })).rejects.toThrow("aborted");
  });
});

it("lets a stream be silent, and a stop take its time", async () => {
  const late = limits.changeMs * 3;
  const docker = await connectTo((request, response) => {
    if (request.url?.includes("/logs") === true) {
      response.writeHead(200).write("first ");
      setTimeout(() => response.end("last"), late);
    } else {
      setTimeout(() => response.writeHead(204).end(), late);
    }
  });
  const read = async () => {
    const path = "/containers/abc/logs";
    const stream = await openStream(docker, { method: "GET", path, query: {} });
    return (await stream.setEncoding("utf8").toArray()).join("");
  };
  const [text] = await Promise.all([read(), docker.getContainer("abc").stop()]);
  expect(text).toBe("first last");
});
