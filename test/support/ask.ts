import { get } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Asks 127.0.0.1 for a page of a host, on a connection of its own. */
export function ask(port: number, host: string, path = "/"): Promise<Answer> {
  return new Promise((done, reject) => {
    const request = get(
      { host: "127.0.0.1", port, path, headers: { host }, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("error", reject);
        response.once("end", () =>
          done({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      },
    );
    request.once("error", reject);
  });
}
