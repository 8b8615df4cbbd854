import { type Shop, shop, untilDatabaseEnds } from "../support/compose-apps.ts";
import type { Files } from "../support/working-copies.ts";

export const good: Shop = { text: "good" };

const more = (lines: string) => ({ ...good, text: "bad", services: lines });

const job = "  job: {image: goku-test/busybox, command: ['sh', '-c', 'echo broken job; exit 4']}\n";

/** A web that is not content with a database that was started since it was first itself. */
const faithful = [
  "starts() { wget -qO- http://db:5432/starts | wc -l; }",
  "[ -e /first ] || starts > /first",
  '[ "$$(starts)" = "$$(cat /first)" ] || { echo another start; exit 3; }',
  untilDatabaseEnds,
].join("; ");

/** What is wrong, the tree that has it, and what the pusher reads. */
export const failing: readonly (readonly [what: string, files: Files, said: RegExp])[] = [
  ["a file that is no YAML", { ...shop(good), "compose.yaml": "services: [" }, /compose\.yaml/],
  ["a key that compose does not know", shop({ ...good, web: ["imege: x"] }), /imege/],
  [
    "a build that fails",
    { ...shop(good), "web/Dockerfile": "FROM goku-test/busybox\nRUN echo oh no && false\n" },
    /oh no/,
  ],
  [
    "an image that is nowhere to be had",
    shop(more("  extra: {image: 'localhost:1/none:1'}\n")),
    /localhost:1\/none/,
  ],
  [
    "a container that cannot be started",
    shop(more("  extra: {image: goku-test/busybox, command: [/no/such/program]}\n")),
    /no\/such\/program/,
  ],
  [
    "a routed service that crashes",
    shop({ text: "bad", web: ["command: ['sh', '-c', 'echo last words; exit 7']"] }),
    /exit status 7[\s\S]*last words/,
  ],
  [
    "a routed service that never listens",
    shop({ text: "bad", web: ["command: ['sleep', '1000']"] }),
    /port 80/,
  ],
  [
    "a worker that crashes",
    shop(more("  extra: {image: goku-test/busybox, command: ['sh', '-c', 'exit 9']}\n")),
    /exit status 9/,
  ],
  [
    "a healthcheck that fails",
    shop({ text: "bad", web: ["healthcheck: {test: ['CMD', 'false']}"] }),
    /HEALTHCHECK/,
  ],
  [
    "a job that fails and that others wait for",
    shop({
      text: "bad",
      waitFor: "job: {condition: service_completed_successfully}",
      services: job,
    }),
    /exit status 4[\s\S]*broken job/,
  ],
  [
    "a database that does not come up in its new form: the old one runs again",
    shop({ text: "bad", database: "two", command: "exit 5" }),
    /exit status 5/,
  ],
  [
    "a database that web cannot do with in its new form: the old one runs again",
    shop({ text: "bad", database: "two", web: [`command: ['sh', '-c', '${faithful}']`] }),
    /exit status 3[\s\S]*another start/,
  ],
  [
    "a web that never listens on a network that is new to it and its database",
    shop({ text: "bad", network: "back", web: ["command: ['sleep', '1000']"] }),
    /port 80/,
  ],
  [
    "a port of the server that is taken",
    shop(
      more("  extra: {image: goku-test/busybox, command: [sleep, '1000'], ports: ['TAKEN:99']}\n"),
    ),
    /TAKEN|already|taken|in use/,
  ],
  [
    "two services that could be meant",
    {
      ...shop(good),
      "compose.yaml": `services:
  one: {build: ./web, ports: ["80"]}
  two: {build: ./web, ports: ["80"]}
`,
    },
    /x-goku/,
  ],
  ["a bad x-goku", shop({ ...good, top: "x-goku: {web: 'nope:80'}" }), /nope/],
];
