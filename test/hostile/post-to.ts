import { request as openRequest } from "node:http";

export interface Question {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
  readonly method: string;
  /** Sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Said {
  readonly status: number;
  /** Each byte a character. */
  readonly body: string;
}

/** One question on a connection of its own. */
export function postTo({ body, ...options }: Question): Promise<Said> {
  return new Promise((resolve, reject) => {
    const request = openRequest({ ...options, agent: false }, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => (text += piece));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}
