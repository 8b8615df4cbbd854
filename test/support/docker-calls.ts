import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { deferred } from "../../src/system/deferred.ts";

/** Stands between a Goku and Docker, and notes what is asked. */
export interface DockerCalls {
  /** `GET /containers/json?all=true`, in the order of asking. */
  readonly asked: readonly string[];
  /** Forgets what was asked so far. */
  clear(): void;
  /** Docker hears no question that matches until the answer is called. */
  hold(question: RegExp): () => void;
  close(): Promise<void>;
}

const requestLine = /^(GET|HEAD|POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n/;

export async function noteDockerCalls(path: string): Promise<DockerCalls> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  let held: { readonly question: RegExp; readonly end: Promise<void> } | null = null;

  async function passOn(incoming: Socket, onward: Socket): Promise<void> {
    for await (const bytes of incoming) {
      // A request of Goku's begins with a write of its own.
      const [, method, target] = requestLine.exec(String(bytes)) ?? [];
      const question = `${method} ${target}`;
      if (method !== undefined) {
        asked.push(question);
      }
      if (held?.question.test(question) === true) {
        await held.end;
      }
      onward.write(bytes);
    }
    onward.end();
  }

  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const onward = connect({ path: "/var/run/docker.sock", allowHalfOpen: true });
    for (const socket of [incoming, onward]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        incoming.destroy();
        onward.destroy();
      });
    }
    // A connection that breaks is both sides' to notice.
    passOn(incoming, onward).catch(() => onward.destroy());
    onward.pipe(incoming);
  }).listen(path);
  await once(server, "listening");
  return {
    asked,
    clear: () => void asked.splice(0),
    hold(question) {
      const { promise, resolve } = deferred<void>();
      held = { question, end: promise };
      return () => {
        held = null;
        resolve();
      };
    },
    async close() {
      const closed = once(server.close(), "close");
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
