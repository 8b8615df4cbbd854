import { request as openRequest } from "node:http";
import type { DoorHost } from "../receiver/support/door-host.ts";

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Null: none; left out: the right one. */
  readonly token?: string | null;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Says over HTTP what git says, and what it never would. */
export class GitClient {
  readonly #host: DoorHost;

  constructor(host: DoorHost) {
    this.#host = host;
  }

  /** The path is sent as it is: fetch would tidy it up. */
  ask(path: string, asked: Asked = {}): Promise<Answered> {
    const token = asked.token === undefined ? this.#host.token : asked.token;
    const credentials = Buffer.from(`tester:${token}`).toString("base64");
    const authorization = token === null ? {} : { authorization: `Basic ${credentials}` };
    return new Promise((resolve, reject) => {
      const request = openRequest(
        {
          host: "127.0.0.1",
          port: this.#host.tcpPort,
          path,
          method: asked.method ?? "GET",
          headers: { ...authorization, ...asked.headers },
          agent: false,
        },
        (response) => {
          let body = "";
          response.setEncoding("latin1").on("data", (text: string) => {
            body += text;
          });
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
          response.once("error", reject);
        },
      );
      request.once("error", reject);
      request.end(asked.body);
    });
  }

  post(repository: string, service: string, asked: Asked = {}): Promise<Answered> {
    return this.ask(`/git/${repository}/git-${service}`, {
      method: "POST",
      ...asked,
      headers: { "content-type": `application/x-git-${service}-request`, ...asked.headers },
    });
  }

  advert(repository: string, service = "receive-pack", asked: Asked = {}): Promise<Answered> {
    return this.ask(`/git/${repository}/info/refs?service=git-${service}`, asked);
  }
}
