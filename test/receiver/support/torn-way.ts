import { once } from "node:events";
import { connect, createServer } from "node:net";
import { onTestFinished } from "vitest";
import { deferred } from "../../../src/system/deferred.ts";

/** A way to a port of loopback that swallows what a client says after its first bytes. */
export interface TornWay {
  readonly port: number;
  /** Resolves when something was swallowed: from here on the other side waits for it. */
  readonly torn: Promise<void>;
}

/** Gone with the test. */
export async function tornWay(to: number, bytes: number): Promise<TornWay> {
  const torn = deferred<void>();
  const server = createServer((client) => {
    const onward = connect(to, "127.0.0.1");
    let passed = 0;
    client.on("data", (chunk: Buffer) => {
      if (passed > bytes) {
        torn.resolve();
        return;
      }
      passed += chunk.length;
      onward.write(chunk);
    });
    onward.pipe(client);
    client.on("close", () => onward.destroy()).on("error", () => undefined);
    onward.on("close", () => client.destroy()).on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    torn: torn.promise,
  };
}
