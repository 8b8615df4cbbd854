import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { readLogs } from "../../../src/engine/replica/logs.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";

/** Lines of a container, followed, of which Docker answers so to calls whose path ends so. */
async function linesWith(statuses: Readonly<Record<string, number>>): Promise<string[]> {
  const socket = await fakeDocker(({ url = "" }, response) => {
    const call = /\/containers\/abc\/(\w+)/.exec(url)?.[1] ?? "";
    const status = statuses[call] ?? 200;
    answerJson(response, status, status === 200 ? { Config: { Tty: false } } : { message: call });
  });
  const lines: string[] = [];
  const options = { follow: true, tail: null, since: null };
  for await (const line of readLogs(connectDocker(socket), "abc", options)) {
    lines.push(line);
  }
  return lines;
}

it.each([
  ["is gone before its log is asked for", { json: 404 }],
  ["is gone when its log is asked for", { logs: 404 }],
  ["is being removed, or dead", { logs: 409 }],
])("has no lines of a container that %s", async (_, statuses) => {
  expect(await linesWith(statuses)).toEqual([]);
});

it.each([404, 409])("waits for no end of one without a log that goes (%i)", async (wait) => {
  expect(await linesWith({ logs: 501, wait })).toHaveLength(1);
});

it("fails where Docker does", async () => {
  await expect(linesWith({ logs: 500 })).rejects.toThrow("logs");
});
