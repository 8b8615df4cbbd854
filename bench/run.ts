import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { exec } from "../test/support/exec.ts";
import { freePort } from "../test/support/free-port.ts";
import { page } from "../test/support/sample-apps.ts";
import { TestHost } from "../test/support/test-host.ts";
import { benchProject, composeByHand, removeByHand } from "./by-hand/compose.ts";
import { Hand } from "./by-hand/hand.ts";
import { servePlainGit } from "./by-hand/http-git.ts";
import { startPlainSshd } from "./by-hand/ssh-git.ts";
import { figureOf, timeToSeen } from "./measure.ts";
import { benchTable, type Latest, type Row } from "./table.ts";

/*
 * Every figure of Goku's beside the same work done by hand in the same run, turn about: machines differ and drift,
 * ratios hold.
 */

const runs = Number(process.argv[2] ?? 9);
/** Only pairs whose name contains this. */
const only = process.argv[3] ?? "";
const warmups = 2;

interface Pair {
  readonly what: string;
  readonly target: number;
  readonly hand: (round: number) => Promise<number>;
  readonly goku: (round: number) => Promise<number>;
}

const folder = await mkdtemp(join(tmpdir(), "goku-bench-"));
await exec("chmod", ["0711", folder]);
const host = await TestHost.start();
const hand = await Hand.start(join(folder, "hand"), "10.254.0.0/24");
const gitPort = await freePort();
const plainGit = await servePlainGit(join(folder, "repositories"), gitPort);
const plainSshd = await startPlainSshd(host, join(folder, "sshd"), join(folder, "repositories"));

const app = "bench";
const { token } = await host.octoJson<{ token: string }>("tokens:add", "bench", "--admin");
const httpUrl = `http://bench:${token}@127.0.0.1:${host.webPort}/git/${app}.git`;
const bare = await bareRepositories("app");
const plainGitUrl = `http://127.0.0.1:${gitPort}/app-http.git`;

/** One for each way in: git serves a repository to its owner alone, and over SSH that is the git user. */
async function bareRepositories(name: string): Promise<{ http: string; ssh: string }> {
  const at = (way: string) => join(folder, "repositories", `${name}-${way}.git`);
  const made = { http: at("http"), ssh: at("ssh") };
  await exec("git", ["init", "-q", "--bare", "-b", "main", made.http]);
  await exec("git", ["init", "-q", "--bare", "-b", "main", made.ssh]);
  await exec("chown", ["-R", "git:git", made.ssh]);
  return made;
}

/** One small file changed, as in every push that is measured. */
async function change(what: string, round: number): Promise<string> {
  const text = `${what} ${round} ${Date.now()}`;
  await host.commit(app, page(text));
  return text;
}

async function pushByHand(url: string, repository: string, text: string): Promise<number> {
  const time = await timeToSeen(
    async () => {
      await host.must(host.git(app, "push", "-q", "--force", url, "main"));
      await hand.build(repository);
      await hand.switchTo(await hand.startContainer());
    },
    hand.httpPort,
    hand.host,
    text,
  );
  await hand.tidy();
  await hand.prepare();
  return time;
}

async function pushToGoku(url: string, text: string): Promise<number> {
  const time = await timeToSeen(
    () => host.must(host.git(app, "push", "-q", "--force", url, "main")),
    host.httpPort,
    `${app}.${host.domain}`,
    text,
  );
  await host.settled();
  return time;
}

const projectApp = "benchproject";
const composePort = await freePort();
const bareProject = await bareRepositories("project");
const handProject = join(folder, "project");

/** One service of a project changed: by hand, docker compose replaces it and the page is seen on its port. */
async function projectByHand(url: string, repository: string, round: number): Promise<number> {
  const text = `hand project ${round} ${Date.now()}`;
  await host.commit(projectApp, benchProject(text, `127.0.0.1:${composePort}`));
  return timeToSeen(
    async () => {
      await host.must(host.git(projectApp, "push", "-q", "--force", url, "main"));
      await composeByHand(repository, handProject);
    },
    composePort,
    "localhost",
    text,
  );
}

async function projectToGoku(url: string, round: number): Promise<number> {
  const text = `goku project ${round} ${Date.now()}`;
  await host.commit(projectApp, benchProject(text, `127.0.0.1:${composePort}`));
  const time = await timeToSeen(
    () => host.must(host.git(projectApp, "push", "-q", "--force", url, "main")),
    host.httpPort,
    `${projectApp}.${host.domain}`,
    text,
  );
  await host.projectSettled(`${projectApp}-main`, 3);
  return time;
}

const envPath = "/cgi-bin/env";

async function handVar(round: number): Promise<number> {
  const text = `BENCH=hand${round}`;
  const time = await timeToSeen(
    async () => hand.switchTo(await hand.startContainer([text])),
    hand.httpPort,
    hand.host,
    text,
    envPath,
  );
  await hand.tidy();
  await hand.prepare();
  return time;
}

/** By the API: what starting the command line costs is no part of the swap. */
async function call(verb: string, input: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${host.webPort}/api/${verb}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(`bench:${token}`).toString("base64")}`,
    },
    body: JSON.stringify(input),
  });
  const answer = await response.text();
  if (answer.includes('"error"')) {
    throw new Error(`${verb}: ${answer}`);
  }
}

async function gokuVerb(verb: string, input: object, text: string): Promise<number> {
  const time = await timeToSeen(
    () => call(verb, input),
    host.httpPort,
    `${app}.${host.domain}`,
    text,
    envPath,
  );
  await host.settled();
  return time;
}

const pairs: readonly Pair[] = [
  {
    what: "push to serving, HTTP",
    target: 1.1,
    hand: async (round) => pushByHand(plainGitUrl, bare.http, await change("hand http", round)),
    goku: async (round) => pushToGoku(httpUrl, await change("goku http", round)),
  },
  {
    what: "push to serving, SSH",
    target: 1.1,
    hand: async (round) =>
      pushByHand(plainSshd.url("app-ssh.git"), bare.ssh, await change("hand ssh", round)),
    goku: async (round) => pushToGoku(host.sshUrl(app), await change("goku ssh", round)),
  },
  {
    what: "config:set to serving",
    target: 1.1,
    hand: handVar,
    goku: (round) =>
      gokuVerb(
        "config:set",
        { app, vars: { BENCH: `goku${round}-${Date.now()}` } },
        `BENCH=goku${round}-`,
      ),
  },
  {
    what: "rollback to serving",
    target: 1.1,
    hand: (round) => handVar(1000 + round),
    goku: async (round) => {
      await call("config:set", { app, vars: { BENCH: `new${round}` } });
      await call("config:set", { app, vars: { BENCH: `newer${round}` } });
      await host.settled();
      return gokuVerb("rollback", { app }, `BENCH=new${round}\0`);
    },
  },
  {
    what: "one service of a compose project changed, HTTP",
    target: 1.1,
    hand: (round) =>
      projectByHand(`http://127.0.0.1:${gitPort}/project-http.git`, bareProject.http, round),
    goku: (round) => projectToGoku(httpUrl.replace(`/${app}.git`, `/${projectApp}.git`), round),
  },
  {
    what: "one service of a compose project changed, SSH",
    target: 1.1,
    hand: (round) => projectByHand(plainSshd.url("project-ssh.git"), bareProject.ssh, round),
    goku: (round) => projectToGoku(host.sshUrl(projectApp), round),
  },
];

const rows: Row[] = [];
try {
  await host.must(host.push(app, page("first")));
  await host.must(host.push(projectApp, benchProject("first", `127.0.0.1:${composePort}`)));
  await pushByHand(plainGitUrl, bare.http, await change("hand first", 0));
  for (const pair of pairs.filter(({ what }) => what.includes(only))) {
    const byHand: number[] = [];
    const byGoku: number[] = [];
    for (let round = 0; round < runs + warmups; round += 1) {
      const [one, other] = [await pair.hand(round), await pair.goku(round)];
      if (round >= warmups) {
        byHand.push(one);
        byGoku.push(other);
      }
    }
    const [handFigure, gokuFigure] = [figureOf(byHand), figureOf(byGoku)];
    const ratio = figureOf(byGoku.map((value, at) => value / (byHand[at] ?? Number.NaN)));
    rows.push({
      what: pair.what,
      hand: handFigure,
      goku: gokuFigure,
      ratio: Math.round((gokuFigure.median / handFigure.median) * 100) / 100,
      target: pair.target,
    });
    process.stdout.write(
      `${pair.what}: ${gokuFigure.median} ms, by hand ${handFigure.median} ms, pairwise ratio ${ratio.median}\n`,
    );
  }
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const latest: Latest = { at: new Date().toISOString(), machine, runs, rows };
  await writeFile(
    resolve(import.meta.dirname, "latest.json"),
    `${JSON.stringify(latest, null, 2)}\n`,
  );
  process.stdout.write(`\n${benchTable(latest)}\n`);
} finally {
  await plainSshd.close();
  plainGit.close();
  await hand.close();
  await removeByHand();
  await host.destroy();
  await rm(folder, { recursive: true, force: true });
}
