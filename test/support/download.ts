import { get } from "node:http";
import type { TestHost } from "./test-host.ts";

export interface Download {
  /** Resolves with the first bytes of the body. */
  readonly begun: Promise<void>;
  readonly body: Promise<string>;
  isOver(): boolean;
}

/** Asks for an app's page on a connection of its own. */
export function startDownload(host: TestHost, app: string, path: string): Download {
  let over = false;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const body = new Promise<string>((resolve, reject) => {
    const headers = { host: `${app}.${host.domain}` };
    const options = { host: "127.0.0.1", port: host.httpPort, path, headers, agent: false };
    const request = get(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        begin();
      });
      response.once("error", reject);
      response.once("end", () => {
        over = true;
        resolve(text);
      });
    });
    request.once("error", reject);
  });
  return { begun, body, isOver: () => over };
}
