import { z } from "zod";
import { callVerb } from "../../../src/cli/client.ts";
import { dueHosts, type State } from "./answers.ts";
import { appRow } from "./records.ts";
import { bystander, type World } from "./world.ts";

const answerSchema = z.array(
  z.object({
    id: z.string(),
    status: z.string(),
    version: z.number().nullable(),
    commit: z.string().nullable(),
    domains: z.array(z.string()),
    services: z.array(z.object({ running: z.number(), scale: z.number() })),
  }),
);

/** A daemon that stands still at a point answers nobody. */
const patienceMs = 5_000;

/** What `octo status` says is what is seen; asked as octo asks it, without its start. */
export async function wrongStatus(world: World, state: State): Promise<string[]> {
  const { host, subject } = world;
  const answer = await ask(host.data).catch((error: Error) => error.message);
  if (typeof answer === "string") {
    return [`octo status: ${answer}`];
  }
  const listed = answer.map(({ id }) => id).sort();
  const isDue = appRow(world) !== null;
  const due = [`${bystander}-main`, ...(isDue ? [subject.id] : [])].sort();
  const word = (id: string) => answer.find((each) => each.id === id);
  const theirs = word(subject.id);
  const said = [theirs?.status, theirs?.version, theirs?.commit, theirs?.domains.toSorted().join()];
  const isUp = state.isStopped ? "stopped" : "up";
  const { live } = state;
  const seen =
    live === null
      ? ["none", null, null, ""]
      : [isUp, live.version, live.commit, dueHosts(world, state).sort().join()];
  const isCounted =
    state.isStopped || theirs?.services.every(({ running, scale }) => running === scale) === true;
  return [
    ...(listed.join() === due.join()
      ? []
      : [`octo status lists ${listed.join()}, not ${due.join()}`]),
    ...(word(`${bystander}-main`)?.status === "up" ? [] : [`octo status: ${bystander} is not up`]),
    ...(!isDue || said.join(" ") === seen.join(" ")
      ? []
      : [`octo status says ${said.join(" ")}, seen is ${seen.join(" ")}`]),
    ...(!isDue || isCounted ? [] : [`octo status counts ${JSON.stringify(theirs?.services)}`]),
  ];
}

async function ask(data: string): Promise<z.infer<typeof answerSchema> | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((done) => {
    timer = setTimeout(() => done("no answer"), patienceMs);
  });
  const onFrame = async () => undefined;
  const verb = { data, key: null, verb: "status", input: {}, stdin: null, onFrame };
  const answered = callVerb(verb).then((answer) => answerSchema.parse(answer));
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
