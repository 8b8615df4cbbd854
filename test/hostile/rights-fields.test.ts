import { afterAll, beforeAll, expect, it } from "vitest";
import {
  badProject,
  domainTaken,
  type GokuError,
  noServices,
  noSuchDomain,
  noSuchRelease,
} from "../../src/errors.ts";
import { verbs } from "../../src/web/verbs/index.ts";
import { forWhom } from "./for-whom.ts";
import { sentenceIn } from "./refusals.ts";
import {
  askAsKey,
  askAsToken,
  domainOfOther,
  other,
  own,
  startTwoApps,
  versionOfOther,
} from "./two-apps.ts";
import { fieldsOf } from "./verb-fields.ts";
import { type Recorded, recordVerbs } from "./verb-words.ts";
import type { WholeWeb } from "./whole-web.ts";

/*
 * Every field of every verb's input, as the daemon's own schemas have them. Beside `app`, which rights-verbs.test.ts is
 * about, each of a verb that is not for admins names something of an app, and is tried here with what the other app has,
 * or it names nothing of any.
 */

/** What of the other app a field names, and how a deployer is refused who brings it into a call about an own app. */
interface Reach {
  readonly input: Readonly<Record<string, unknown>>;
  readonly refusal: GokuError;
}

const taken = domainTaken(domainOfOther, other, own);
const theirDomain = { domains: [domainOfOther] };
const noService: Reach = { input: { service: "theirs" }, refusal: noServices(own) };

const reaches: Readonly<Record<string, Reach>> = {
  "rollback version?": {
    input: { version: versionOfOther },
    refusal: noSuchRelease(own, versionOfOther),
  },
  "logs version": {
    input: { kind: "build", version: versionOfOther },
    refusal: badProject(
      `v${versionOfOther} of ${own} has no build log: it was made without a build, or is too old.`,
      "",
    ),
  },
  "logs service?": noService,
  "restart service?": noService,
  "run service?": noService,
  "scale services?": { input: { services: { theirs: 2 } }, refusal: noServices(own) },
  "config:set vars": { input: { vars: { DOMAINS: domainOfOther } }, refusal: taken },
  "domains:set domains": { input: theirDomain, refusal: taken },
  "domains:add domains": { input: theirDomain, refusal: taken },
  "domains:rm domains": { input: theirDomain, refusal: noSuchDomain(own, domainOfOther, null) },
};

/** Counts, times, switches, names of the app's own vars, and what its own container runs. */
const nothingOfAnApp: ReadonlySet<string> = new Set([
  "logs kind",
  "logs follow?",
  "logs since",
  "logs tail",
  "logs json?",
  "scale count?",
  "remove force?",
  "run command",
  "run terminal?.columns",
  "run terminal?.rows",
  "volumes:prune dryRun?",
  "config:set restart?",
  "config:get key",
  "config:rm keys",
  "config:rm restart?",
  "events limit",
]);

let web: WholeWeb;
let aboutOwn: Recorded[];

beforeAll(async () => {
  web = await startTwoApps();
  aboutOwn = await recordVerbs(own);
});

afterAll(() => web.close());

it("every field is known to name something of an app, or nothing, where the verb is not for admins alone", () => {
  const fields = verbs.flatMap((verb) =>
    forWhom[verb.name] === "admin"
      ? []
      : fieldsOf(verb)
          .filter((field) => !/^app\??$/.test(field))
          .map((field) => `${verb.name} ${field}`),
  );
  expect(fields.sort()).toEqual([...Object.keys(reaches), ...nothingOfAnApp].sort());
});

it.each(Object.entries(reaches))("%s reaches nothing of another app", async (field, reach) => {
  const [verb] = field.split(" ");
  const call = aboutOwn.find((each) => each.verb === verb);
  const [first = "", ...stdin] = call?.body.split("\n") ?? [];
  const input = { ...JSON.parse(first), ...reach.input };
  const body = [JSON.stringify(input), ...stdin].join("\n");
  const asked = { path: `/api/${verb}`, type: call?.type ?? "", body };
  const before = kept(await web.snapshot());
  const made = web.calls.length;
  for (const ask of [askAsKey, askAsToken]) {
    const said = await ask(web, asked, "blogger");
    expect(sentenceIn(said.body), said.body).toBe(reach.refusal.message);
  }
  expect(web.calls.slice(made).filter((each) => each.includes(other))).toEqual([]);
  expect(kept(await web.snapshot())).toEqual(before);
});

/** All rows but those that say that it was tried. */
function kept(snapshot: string): string[] {
  return snapshot.split("\n").filter((line) => !/^ *"(events|sqlite_sequence) /.test(line));
}
