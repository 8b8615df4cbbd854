import { request } from "node:http";
import type { Readable } from "node:stream";

const socketPath = "/var/run/docker.sock";

/** One call of Docker's API with nothing in between; throws on an answer of 400 or more. */
export function callDocker(
  method: string,
  path: string,
  body?: object | Readable,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const isStream = body !== undefined && "pipe" in body;
    const call = request(
      {
        socketPath,
        method,
        path,
        headers: { "content-type": isStream ? "application/x-tar" : "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("error", reject);
        response.once("end", () => {
          if ((response.statusCode ?? 500) >= 400) {
            reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`));
          } else {
            resolve(text);
          }
        });
      },
    );
    call.once("error", reject);
    if (isStream) {
      body.pipe(call);
    } else {
      call.end(body === undefined ? undefined : JSON.stringify(body));
    }
  });
}

export function idOf(answer: string): string {
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed === "object" && parsed !== null && "Id" in parsed) {
    return String(parsed.Id);
  }
  throw new Error(`no Id in ${answer}`);
}
