import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export type Answers = (request: IncomingMessage, response: ServerResponse) => void;

/** A Docker that does what a real one does only when its machine is in trouble. @returns its socket */
export async function fakeDocker(answers: Answers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "goku-docker-"));
  const socket = join(folder, "docker.sock");
  const server = createServer(answers).listen(socket);
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  return socket;
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
