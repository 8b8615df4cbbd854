import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

/** The plainest git over HTTP there is: receive-pack spawned by node, nobody asked who they are. */
export async function servePlainGit(folder: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, name = "", ...rest] = url.pathname.split("/");
    const repository = join(folder, name);
    const advertise = rest.join("/") === "info/refs";
    const service = advertise
      ? (url.searchParams.get("service") ?? "git-receive-pack")
      : rest.join("/");
    const type = advertise ? "advertisement" : "result";
    response.setHeader("content-type", `application/x-${service}-${type}`);
    const flags = advertise ? ["--stateless-rpc", "--advertise-refs"] : ["--stateless-rpc"];
    const child = spawn(service, [...flags, repository]);
    if (advertise) {
      const line = `# service=${service}\n`;
      response.write(`${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`);
    }
    request.pipe(child.stdin);
    child.stdout.pipe(response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
