import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { TestConsul } from "./consul.ts";

export interface InBetween {
  /** Done before a request to this path is passed on. */
  readonly before?: (path: string, method: string) => Promise<void>;
  /** True for paths whose request arrives and whose answer is lost. */
  readonly loses?: (path: string) => boolean;
}

/** The real Consul with something in between; gone with the test. */
export async function consulBehind(consul: TestConsul, between: InBetween): Promise<string> {
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? "";
    await between.before?.(path, incoming.method ?? "");
    forward(consul, incoming, outgoing, between.loses?.(path) ?? false);
  };
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function forward(
  consul: TestConsul,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  isLost: boolean,
): void {
  const { method, headers, url = "" } = incoming;
  const onward = request(`${consul.address}${url}`, { method, headers }, (answer) => {
    if (isLost) {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  // Either side may hang up: then the other has nobody to talk to.
  onward.on("error", () => incoming.socket.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}
