import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { text } from "node:stream/consumers";
import express, { type Response } from "express";
import { expect, it, onTestFinished } from "vitest";
import { LineAnswer } from "../../src/web/line-answer.ts";

/** An answer on its way to a client that reads nothing until it is told to. */
async function pausedAnswer() {
  const folder = await mkdtemp(join(tmpdir(), "goku-answer-"));
  const socketPath = join(folder, "socket");
  const app = express();
  const asked = new Promise<Response>((resolve) => {
    app.get("/", (_request, response) => resolve(response));
  });
  const server = createServer(app).listen(socketPath);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  await once(server, "listening");
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: "/" }, resolve).once("error", reject);
  });
  const response = await asked;
  const answer = new LineAnswer(response);
  const client = await answered;
  return { response, answer, read: () => text(client) };
}

const mebibyte = 1024 * 1024;

it("a client that has stopped reading leaves the daemon's memory alone, and learns how it ended", async () => {
  const { response, answer, read } = await pausedAnswer();
  for (let count = 1; count <= 1000; count += 1) {
    answer.show(`${count} ${"x".repeat(100_000)}`);
    await turn();
  }
  expect(response.writableLength).toBeLessThan(9 * mebibyte);
  answer.show(" !     The release command failed.");
  answer.end("exit 1");

  const lines = (await read()).split("\n");
  expect(lines.slice(-3)).toEqual(["| !     The release command failed.", "exit 1", ""]);
  const notes = lines.filter((line) => line.includes("left out"));
  expect(notes).toHaveLength(1);
  const missing = Number(/in time: (\d+)$/.exec(notes[0] ?? "")?.[1]);
  const numbers = lines.flatMap((line) => /^\|(\d+) x+$/.exec(line)?.[1] ?? []).map(Number);
  expect(numbers.length + missing).toBe(1000);
  expect(numbers.at(-1)).toBe(1000);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
});

it("a client that reads has every line", async () => {
  const { answer, read } = await pausedAnswer();
  const all = read();
  const shown = Array.from({ length: 2000 }, (_, count) => `${count} ${"x".repeat(10_000)}`);
  for (const line of shown) {
    answer.show(line);
    await turn();
  }
  answer.end("exit 0");
  expect(await all).toBe([...shown.map((line) => `|${line}`), "exit 0", ""].join("\n"));
});
