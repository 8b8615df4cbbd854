import { answerTimeoutMs as consulTimeoutMs } from "../../src/consul/connection.ts";
import { answerTimeoutMs, connectTimeoutMs } from "../../src/deploy/story/probe.ts";
import { maxWaitMs } from "../../src/deploy/verbs/remove.ts";
import { othersTimeoutMs } from "../../src/engine/client/remove-container.ts";
import { timeLimits } from "../../src/engine/client/time-limits.ts";
import {
  addressesOf,
  givenAddresses,
  parseSubnet,
  planSubnets,
  type Subnet,
  upperHalf,
} from "../../src/engine/network/subnet.ts";
import { boundedGrace } from "../../src/engine/replica/grace.ts";
import { leastBytes } from "../../src/engine/replica/memory.ts";
import { maxReplicas } from "../../src/project/compose/services.ts";
import { longestReadMs, mostBytes } from "../../src/router/certificate/patient-read.ts";
import { mostDomains } from "../../src/route.ts";
import { table } from "../../src/settings/table.ts";
import { formatBytes } from "../../src/system/format-bytes.ts";
import { formatDuration } from "../../src/system/format-duration.ts";
import { maxVarBytes } from "../../src/var.ts";
import { maxOperations } from "../../src/vars/consul-kv.ts";
import { bySetting, count, fixed, greatest, type Section } from "./limit.ts";

export const deploys: Section = {
  title: "Builds and deploys",
  limits: [
    bySetting(
      table.parallelDeploys,
      "deploys at one time",
      "they wait, and are told their place in the queue",
    ),
    bySetting(
      table.buildTimeoutMs,
      "a build, a release command, a job that others wait for",
      "it is ended, and the push is refused",
    ),
    bySetting(table.buildCpus, "CPUs of all builds together", "builds are slower"),
    bySetting(table.buildMemory, "memory of all builds together", "the build is killed"),
    bySetting(
      table.buildDiskFloor,
      "what builds and pushes leave free on the disk",
      "the build or push is refused, or ended",
    ),
    bySetting(table.buildCache, "build cache", "the least recently used of it goes"),
    bySetting(
      table.deadlineMs,
      "a new container becoming healthy",
      "the push is refused; the old release serves on",
    ),
    fixed(
      "one answer to a probe",
      `${formatDuration(answerTimeoutMs)} for \`HEALTHCHECK\` and \`CUSTOM_CHECK\`, ${formatDuration(connectTimeoutMs)} for a connection`,
      "counts as not healthy yet; asked again until `deadline`",
    ),
    bySetting(
      table.drainMs,
      "requests in flight in the old release",
      "its containers end all the same",
    ),
    bySetting(
      table.stopMs,
      "a container ending after SIGTERM, of a Dockerfile or with HTTP",
      "it is killed",
    ),
    {
      what: "a container ending after SIGTERM, of another service",
      limit: "Docker's own: 10 s",
      beyond: "it is killed",
      setting: "`stop_grace_period` in the file",
    },
    fixed(
      "either of them, whatever is set",
      formatDuration(boundedGrace(Number.MAX_SAFE_INTEGER) * 1000),
      "it is killed",
    ),
    fixed(
      "requests in flight and containers ending, at `octo remove`",
      `at most ${formatDuration(maxWaitMs)}; services as above`,
      "it is killed",
    ),
    fixed(
      "Docker removing a container that somebody else has begun to remove",
      formatDuration(othersTimeoutMs),
      "what waits for it fails",
    ),
    fixed(
      "an answer of Docker's",
      `${formatDuration(timeLimits.lookMs)}, ${formatDuration(timeLimits.changeMs)} where something changes`,
      "what asked fails; Docker counts as out of reach",
    ),
    fixed(
      "an answer of Consul's",
      formatDuration(consulTimeoutMs),
      "what asked fails; Consul counts as out of reach",
    ),
  ],
};

const { routed, projects, links } = planSubnets(parseSubnet(String(table.subnet.fallback)));
const addresses = routed.reduce((sum, subnet) => sum + [...addressesOf(subnet)].length, 0);
const [large = parseSubnet("0.0.0.0/8")] = projects;
const [small = parseSubnet("0.0.0.0/8")] = links;
/** Of services in one container, and of those in several. */
const placesIn = (subnet: Subnet) => ({
  single: [...givenAddresses(subnet)].length,
  // But the broadcast address.
  several: 2 ** (32 - upperHalf(subnet).prefix) - 1,
});
const inLarge = placesIn(large);
const inSmall = placesIn(small);

export const apps: Section = {
  title: "Apps and their containers",
  limits: [
    fixed("domains of an app, its own host names among them", count(mostDomains), "refused"),
    fixed("containers of an app, or of a service", count(maxReplicas), "refused"),
    {
      what: "memory of a container of a Dockerfile",
      limit: `none; one that is set, at least ${formatBytes(leastBytes)}`,
      beyond: "the container is killed, and started again",
      setting: "`MEMORY_LIMIT`, a config var",
    },
    {
      what: "containers with an address for nginx, on the whole server",
      limit: `${count(addresses)}, old and new ones`,
      beyond: "the push is refused",
      setting: "`subnet`",
    },
    {
      what: "networks of projects with addresses that last",
      limit: `${projects.length - links.length} large ones and ${count(links.length)} small ones`,
      beyond: "Docker chooses: it has some thirty more, and containers change addresses",
      setting: "`subnet`",
    },
    {
      what: "containers on one network of a project, old and new ones",
      limit: `${inLarge.several} of services that run in several, and ${inLarge.single} of all others; ${inSmall.several} and ${inSmall.single} on a small one`,
      beyond: "the push is refused: Docker has no address for them",
      setting: "`ipam` of the network in the file",
    },
    fixed(
      "one config var, `KEY=value`",
      `less than ${formatBytes(maxVarBytes)}`,
      "refused: Linux starts no process with it",
    ),
    fixed(
      "config vars changed at once, in Consul",
      `${count(maxOperations)}, and what Consul's \`txn_max_req_len\` allows`,
      "refused; set them in several commands",
    ),
    fixed(
      "file of a certificate or its key",
      `${formatBytes(mostBytes)}, read within ${formatDuration(longestReadMs)}`,
      "refused at a deploy; later the copy serves on",
    ),
    fixed(
      "durations in settings",
      `${greatest((n) => table.deadlineMs.schema.safeParse(`${n}h`).success)} h`,
      "Goku does not start",
    ),
  ],
};
