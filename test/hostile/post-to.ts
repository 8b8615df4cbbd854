import { type IncomingHttpHeaders, request as openRequest } from "node:http";

export interface Question {
  readonly host?: string;
  /** Whom it comes from. */
  readonly localAddress?: string;
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
  readonly headers: IncomingHttpHeaders;
  /** Each byte a character. */
  readonly body: string;
}

/** One question on a connection of its own. */
export function postTo({ body, ...options }: Question): Promise<Said> {
  return new Promise((resolve, reject) => {
    const request = openRequest({ ...options, agent: false }, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => (text += piece));
      const { statusCode: status = 0, headers } = response;
      response.once("end", () => resolve({ status, headers, body: text }));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}
