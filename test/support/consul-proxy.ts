import { once } from "node:events";
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { onTestFinished } from "vitest";
import type { TestConsul } from "./consul.ts";

export interface InBetween {
  /** Done before a request to this path is passed on. */
  readonly before?: (path: string, method: string) => Promise<void>;
  /** Waited for before the answer to a request to this path is given back. */
  readonly after?: (path: string) => Promise<void>;
  /** True for paths whose request arrives and whose answer is lost. */
  readonly loses?: (path: string) => boolean;
}

/** The real Consul with something in between; gone with the test. */
export async function consulBehind(consul: TestConsul, between: InBetween): Promise<string> {
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? "";
    await between.before?.(path, incoming.method ?? "");
    const onward = forward(consul, incoming);
    // Either side may hang up: then the other has nobody to talk to.
    onward.on("error", () => incoming.socket.destroy());
    outgoing.on("close", () => onward.destroy());
    onward.on("response", (answer) => {
      void giveBack(answer, outgoing, path);
    });
  };
  const giveBack = async (answer: IncomingMessage, outgoing: ServerResponse, path: string) => {
    await between.after?.(path);
    if (between.loses?.(path) === true) {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  };
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function forward(consul: TestConsul, incoming: IncomingMessage): ClientRequest {
  const { method, headers, url = "" } = incoming;
  return incoming.pipe(request(`${consul.address}${url}`, { method, headers }));
}
