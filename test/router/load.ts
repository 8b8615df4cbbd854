import http from "node:http";
import { eventually } from "./fixture.ts";

export interface Load {
  /** Requests that have no answer yet. */
  underWay(): number;
  /** Resolves when so many more requests were answered. */
  more(count: number): Promise<void>;
  end(): Promise<{ sent: number; failures: string[] }>;
}

/** Requests at a steady rate until it is ended: in turn on a new connection and on one that is kept. */
export function startLoad(port: number, domain: string, perSecond: number): Load {
  const agents = [false as const, new http.Agent({ keepAlive: true })];
  const begun = performance.now();
  const failures: string[] = [];
  let sent = 0;
  let answered = 0;

  function request() {
    const agent = agents[sent++ % agents.length];
    const fail = (why: string) => {
      answered++;
      failures.push(why);
    };
    http
      .get({ host: "127.0.0.1", port, agent, headers: { host: domain } }, (response) => {
        let length = 0;
        response.on("data", (chunk: Buffer) => (length += chunk.length));
        response.on("error", (error) => fail(`in the answer: ${error.message}`));
        response.on("end", () => {
          if (response.statusCode === 200 && length > 0) {
            answered++;
          } else {
            fail(`status ${response.statusCode}`);
          }
        });
      })
      .on("error", (error) => fail(error.message));
  }

  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1000) * perSecond;
    while (sent < due) {
      request();
    }
  }, 2);

  return {
    underWay: () => sent - answered,
    more: (count) => {
      const wanted = answered + count;
      return eventually(`${count} more requests`, () => answered >= wanted);
    },
    end: async () => {
      clearInterval(timer);
      await eventually("the last answers", () => answered === sent);
      return { sent, failures };
    },
  };
}
