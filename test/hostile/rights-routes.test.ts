import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  keyIsGone,
  noSuchApp,
  noSuchGitService,
  notAllowed,
  notByADoor,
  unauthorized,
  usage,
  wrongToken,
} from "../../src/errors.ts";
import { type GitService, gitServices } from "../../src/receiver/push.ts";
import { maxBody } from "../../src/web/hooks.ts";
import { keyHeader } from "../../src/web/wire.ts";
import { postTo, type Question } from "./post-to.ts";
import { sentenceIn } from "./refusals.ts";
import { routesOf } from "./routes-of.ts";
import { secret, startTwoRepositories, zeros } from "./two-repositories.ts";
import type { WholeWeb } from "./whole-web.ts";

/*
 * Every route that the two servers have, and what somebody without the right gets from it. A route that has no line
 * here, or stands at another place of the order, fails; and each line asks for something.
 */

let web: WholeWeb;
let commit: string;

beforeAll(async () => {
  ({ web, commit } = await startTwoRepositories());
});

afterAll(() => web.close());

type Ask = Omit<Question, "host" | "port" | "socketPath">;

/** A route, or `*` for a handler of all; what it is asked about shop, and how it refuses that to blogger, who deploys blog. */
interface Line {
  readonly route: string;
  readonly asks: () => readonly (readonly [ask: Ask, refusal: string])[];
}

const packetLine = (text: string) => (text.length + 4).toString(16).padStart(4, "0") + text;
const get = (path: string): Ask => ({ method: "GET", path });
const post = (path: string, type: string, body: string): Ask => ({
  method: "POST",
  path,
  headers: { "content-type": type },
  body,
});
const pack = (service: string, body: string) =>
  post(`/git/shop.git/git-${service}`, `application/x-git-${service}-request`, body);

const { message: noQuestion } = noSuchGitService();
const { message: noSession } = notByADoor();
const { message: unreadable } = usage(
  "Goku cannot read this request: its path or its body is broken.",
);
const tooLong = "The list of refs in this push is longer than 64 MiB.";
/** For who does not reach a handler: express has nothing at that path. */
const nothingThere = "Cannot GET /shop";
const refusalOf: Readonly<Record<GitService, string>> = {
  "receive-pack": notAllowed("blogger", "push to shop").message,
  "upload-pack": notAllowed("blogger", "read shop").message,
};

const verbs: Line = {
  route: "POST /api/:verb",
  asks: () => [
    [post("/api/info", "application/json", '{"app":"shop"}'), noSuchApp("shop", null).message],
    [
      post("/api/keys:list", "application/json", "{}"),
      notAllowed("blogger", "use keys:list, which is for admins").message,
    ],
  ],
};
const whoAsks: Line = { route: "* <anonymous>", asks: () => [[get("/shop"), nothingThere]] };
const failures: Line = {
  route: "* <anonymous>",
  asks: () => [[post("/api/%zz", "application/json", '{"app":"shop"}'), unreadable]],
};

const tcp: readonly Line[] = [
  { route: "* helmetMiddleware", asks: () => [[get("/shop"), nothingThere]] },
  {
    route: "GET /git/:repository/info/refs",
    asks: () =>
      gitServices.map((service) => [
        get(`/git/shop.git/info/refs?service=git-${service}`),
        refusalOf[service],
      ]),
  },
  {
    route: "POST /git/:repository/git-receive-pack",
    asks: () => {
      const update = `${commit} ${zeros} refs/heads/main\0 report-status delete-refs\n`;
      return [[pack("receive-pack", `${packetLine(update)}0000`), refusalOf["receive-pack"]]];
    },
  },
  {
    route: "POST /git/:repository/git-upload-pack",
    asks: () => {
      const [want, done] = [packetLine(`want ${commit}\n`), packetLine("done\n")];
      return [[pack("upload-pack", `${want}0000${done}`), refusalOf["upload-pack"]]];
    },
  },
  // What is below /git and none of these; it says so to anyone.
  {
    route: "* <anonymous>",
    asks: () =>
      ["HEAD", "objects/info/packs", "git-upload-archive"].map((path) => [
        get(`/git/shop.git/${path}`),
        noQuestion,
      ]),
  },
  whoAsks,
  verbs,
  failures,
];

const hook = (name: string, ...lines: readonly string[]) =>
  post(`/hooks/${name}`, "text/plain", [...lines].join("\n"));
const pid = String(process.pid);

/** Of git's hooks nobody has a session here. */
const socket: readonly Line[] = [
  {
    route: "POST /hooks/ssh",
    asks: () =>
      gitServices.map((service) => [
        hook("ssh", "blogger", pid, service, "shop"),
        refusalOf[service],
      ]),
  },
  {
    route: "POST /hooks/octo",
    asks: () => [[hook("octo", "nobody", pid), keyIsGone("nobody").message]],
  },
  {
    route: "POST /hooks/pre-receive",
    asks: () => [[hook("pre-receive", pid, `${commit} ${zeros} refs/heads/main`), noSession]],
  },
  {
    route: "POST /hooks/update",
    asks: () => [[hook("update", pid, "refs/heads/main", commit, zeros), noSession]],
  },
  {
    route: "* <anonymous>",
    asks: () => [[hook("pre-receive", "x".repeat(maxBody + 1)), tooLong]],
  },
  whoAsks,
  verbs,
  failures,
];

it("the web address has these routes, one for each of git's services among them", () => {
  const routes = tcp.map(({ route }) => route);
  expect(routesOf(web.control.tcp)).toEqual(routes);
  const posts = gitServices.map((service) => `POST /git/:repository/git-${service}`);
  expect(routes.filter((route) => route.startsWith("POST /git/"))).toEqual(posts);
});

it("the control socket has these routes", () => {
  expect(routesOf(web.control.socket)).toEqual(socket.map(({ route }) => route));
});

/** Goku's sentence, or express's own where nothing is at the path. */
const said = (body: string) =>
  sentenceIn(body) ?? /<pre>(.*)<\/pre>/.exec(body)?.[1] ?? `opened: ${body}`;

/** Asks everything that a line has, and sees that it opens nothing. */
async function mustRefuse(
  line: Line,
  from: Partial<Question>,
  expected: (refusal: string) => string = (refusal) => refusal,
): Promise<void> {
  const asks = line.asks();
  expect(asks).not.toEqual([]);
  const [before, made] = [await web.snapshot(), web.calls.length];
  for (const [ask, refusal] of asks) {
    const headers = { ...ask.headers, ...from.headers };
    const { body } = await postTo({ ...ask, ...from, headers });
    expect(said(body), ask.path).toBe(expected(refusal));
    expect(body).not.toContain(secret);
    expect(body).not.toContain(commit);
  }
  expect(web.calls.slice(made)).toEqual([]);
  expect(await web.snapshot()).toBe(before);
}

const titled = (lines: readonly Line[]) => lines.map((line) => [line.route, line] as const);

describe.each(titled(tcp))("%s over TCP", (_route, line) => {
  const ask = (headers: Readonly<Record<string, string>>) => ({
    host: "127.0.0.1",
    port: web.port,
    // Too many wrong tokens shut an address out.
    headers: { "x-forwarded-for": `192.0.2.${tcp.indexOf(line)}`, ...headers },
  });

  it.each([
    ["without credentials", {}, unauthorized()],
    ["with a wrong token", { authorization: "Bearer blogger:wrong" }, wrongToken()],
    ["with the token of nobody", { authorization: "Bearer no:secret-of-blogger" }, wrongToken()],
    ["with a key's name for a token", { authorization: "Bearer owner:SHA256:owner" }, wrongToken()],
  ])("opens nothing %s", async (_who, headers, { message }) =>
    mustRefuse(line, ask(headers), (refusal) => (refusal === noQuestion ? refusal : message)),
  );

  it("opens nothing to the deployer of another app", async () =>
    mustRefuse(line, ask({ authorization: "Bearer blogger:secret-of-blogger" })));
});

it.each(titled(socket))(
  "%s on the control socket opens nothing to the deployer of another app",
  async (_route, line) =>
    mustRefuse(line, { socketPath: web.socket, headers: { [keyHeader]: "blogger" } }),
);
