import { createRequire } from "node:module";
import { ClientRequest, IncomingMessage } from "node:http";
import { requestLabel } from "./label.ts";
import type { Passing } from "./passing.ts";
import { tellOf } from "./processes.ts";
import { replace } from "./replace.ts";

type Enter = (label: () => string) => Passing;

const reading = /^(?:GET|HEAD) |^POST \/containers\/[^ ]*\/wait/;

/** Requests to Docker and Consul that change something. */
export function watchRequests(enter: Enter): void {
  const http: object = createRequire(import.meta.url)("node:http");
  replace(http, "request", (call, [options]) => {
    const request = call();
    if (!(request instanceof ClientRequest)) {
      return request;
    }
    const text = requestLabel(request.method, request.path);
    if (reading.test(text)) {
      return request;
    }
    const isDocker = typeof options === "object" && options !== null && "socketPath" in options;
    const passing = enter(() => `${isDocker ? "docker" : "http"} ${text}`);
    // Nothing has been sent yet.
    passing.pass("before");
    request.once("finish", () => passing.pass("during"));
    tellOf(request, "upgrade", () => passing.pass("after"));
    replace(request, "emit", (emit, [name, response]) => {
      // A build's answer begins at once, and is there when it ends.
      if (name === "response" && response instanceof IncomingMessage && isLong(text)) {
        tellOf(response, "end", () => passing.pass("after"));
      } else if (name === "response") {
        passing.pass("after");
      }
      return emit();
    });
    return request;
  });
}

function isLong(label: string): boolean {
  return /^POST \/(?:build|images\/create|images\/load)/.test(label);
}
