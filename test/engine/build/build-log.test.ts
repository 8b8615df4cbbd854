import { createRequire } from "node:module";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { createBuildLog } from "../../../src/engine/build/build-log.ts";
import { createPlainReader } from "../../../src/engine/build/plain-log.ts";
import { decodeStatus, type Vertex } from "../../../src/engine/build/status.ts";

function vertex(digest: string, change: Partial<Vertex> = {}): Vertex {
  const fresh = { name: digest, cached: false, started: true, completed: false, error: "" };
  return { ...fresh, ...change, digest };
}

function tell(): { log: ReturnType<typeof createBuildLog>; lines: string[] } {
  const lines: string[] = [];
  return { log: createBuildLog((line) => lines.push(line)), lines };
}

const named = (...vertexes: Vertex[]) => ({ vertexes, logs: [] });
const said = (digest: string, text: string) => ({ vertexes: [], logs: [{ vertex: digest, text }] });

describe("what BuildKit tells", () => {
  it("is read from its protobuf", () => {
    // dockerode's copy of the schema stands for BuildKit's own.
    const path = createRequire(import.meta.url).resolve(
      "dockerode/lib/proto/buildkit_status.proto",
    );
    const type = protobuf.loadSync(path).lookupType("moby.buildkit.v1.StatusResponse");
    const message = type.fromObject({
      vertexes: [
        { digest: "sha256:1", name: "[1/2] FROM x", started: { seconds: 1 }, cached: true },
        { digest: "sha256:2", name: "[2/2] RUN y", error: "exit code: 1", inputs: ["sha256:1"] },
      ],
      statuses: [{ ID: "layer", vertex: "sha256:1", current: 5, total: 9 }],
      logs: [{ vertex: "sha256:2", stream: 1, msg: Buffer.from("é\n"), timestamp: { seconds: 2 } }],
    });
    const aux = Buffer.from(type.encode(message).finish()).toString("base64");
    expect(decodeStatus(aux)).toEqual({
      vertexes: [
        {
          digest: "sha256:1",
          name: "[1/2] FROM x",
          cached: true,
          started: true,
          completed: false,
          error: "",
        },
        {
          digest: "sha256:2",
          name: "[2/2] RUN y",
          cached: false,
          started: false,
          completed: false,
          error: "exit code: 1",
        },
      ],
      logs: [{ vertex: "sha256:2", text: "é\n" }],
    });
    expect(decodeStatus("")).toEqual({ vertexes: [], logs: [] });
  });
});

describe("a build's log", () => {
  it("names each step once, when it begins, and leaves BuildKit's own out", () => {
    const { log, lines } = tell();
    log.add(named(vertex("a", { name: "[internal] load build definition" })));
    log.add(named(vertex("b", { name: "[1/2] FROM docker.io/library/node:20", started: false })));
    log.add(named(vertex("b", { name: "[1/2] FROM docker.io/library/node:20" })));
    log.add(named(vertex("b", { name: "[1/2] FROM docker.io/library/node:20", completed: true })));
    log.add(named(vertex("c", { name: "[2/2] RUN\n  npm ci", cached: true, completed: true })));
    log.add(named(vertex("d", { name: "exporting to image" })));
    expect(lines).toEqual(["[1/2] FROM node:20", "[2/2] RUN npm ci (cached)"]);
  });

  it("names images as people do, without the digest that a registry gave", () => {
    const { log, lines } = tell();
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    log.add(named(vertex("a", { name: `[1/2] FROM docker.io/library/busybox:latest@${digest}` })));
    expect(lines).toEqual(["[1/2] FROM busybox:latest"]);
  });

  it("shows lines whole, without colours and the middle of progress bars", () => {
    const { log, lines } = tell();
    log.add(named(vertex("a")));
    log.add(said("a", "hal"));
    log.add(said("a", "f\n\u001B[32mgreen\u001B[0m\n10%\r50%\r100%\r\nla"));
    log.add(said("a", "st"));
    expect(lines).toEqual(["a", "half", "green", "100%"]);
    log.add(named(vertex("a", { completed: true })));
    expect(lines.at(-1)).toBe("last");
  });

  it("names steps that run side by side again where they take turns", () => {
    const { log, lines } = tell();
    log.add(named(vertex("a"), vertex("b")));
    log.add(said("a", "one\n"));
    log.add(said("a", "two\n"));
    log.add(said("b", "three\n"));
    expect(lines).toEqual(["a", "b", "a (goes on)", "one", "two", "b (goes on)", "three"]);
  });

  it("remembers the step that failed and its last lines, not one that was called off for it", () => {
    const { log } = tell();
    expect(log.failedStep()).toBeNull();
    log.add(named(vertex("other"), vertex("bad")));
    const numbers = Array.from({ length: 40 }, (_, at) => `${at}`);
    log.add(said("bad", `${numbers.join("\n")}\nunfinished`));
    log.add(named(vertex("other", { error: "context canceled" })));
    log.add(named(vertex("bad", { error: "exit code: 1", completed: true })));
    expect(log.failedStep()).toEqual({
      name: "bad",
      error: "exit code: 1",
      lastLines: [...numbers.slice(11), "unfinished"],
    });
  });
});

describe("the CLI's plain output", () => {
  it("is told like the API's", () => {
    const { log, lines } = tell();
    const read = createPlainReader();
    const output = `#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 134B 0.1s done
#1 DONE 0.3s

#2 [internal] load metadata for docker.io/library/busybox:latest
#2 DONE 0.0s

#3 [auth] library/busybox:pull token for registry-1.docker.io
#3 DONE 0.0s

#4 [1/3] FROM docker.io/library/busybox:latest@sha256:abc
#4 resolve docker.io/library/busybox:latest@sha256:abc done
#4 sha256:abc 1.05MB / 2.02MB 0.1s
#4 CACHED

#5 [2/3] RUN echo hi
#5 0.123 hi
#5 0.124 [3/3] looks like a step
#5 DONE 0.2s

#6 [3/3] RUN exit 5
#6 0.100 bye
#6 ERROR: process "/bin/sh -c exit 5" did not complete successfully: exit code: 5
------
 > [3/3] RUN exit 5:
0.100 bye
------
Dockerfile:3
ERROR: failed to solve: process "/bin/sh -c exit 5" did not complete successfully: exit code: 5`;
    for (const line of output.split("\n")) {
      const status = read(line);
      if (status !== null) {
        log.add(status);
      }
    }
    expect(lines).toEqual([
      "[1/3] FROM busybox:latest@sha256:abc",
      "[2/3] RUN echo hi",
      "hi",
      "[3/3] looks like a step",
      "[3/3] RUN exit 5",
      "bye",
    ]);
    expect(log.failedStep()).toMatchObject({ name: "[3/3] RUN exit 5", lastLines: ["bye"] });
  });
});
