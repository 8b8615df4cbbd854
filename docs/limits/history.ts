import { defaultLimit } from "../../src/cli/verbs/events.ts";
import { defaultTail } from "../../src/cli/verbs/logs.ts";
import { maxLogBytes, oldAccessLogs } from "../../src/deploy/care/upkeep.ts";
import { logLines } from "../../src/deploy/story/health.ts";
import { lastLinesKept } from "../../src/engine/build/build-log.ts";
import { mostWarnings } from "../../src/engine/compose/said.ts";
import { containerLog } from "../../src/engine/container-log.ts";
import { mostTold } from "../../src/project/compose/findings-images.ts";
import { maxLogSize } from "../../src/receiver/ssh/sshd.ts";
import { table } from "../../src/settings/table.ts";
import { detailEnd, detailStart, maxEvents } from "../../src/store/events.ts";
import { maxLineLength } from "../../src/system/cut-lines.ts";
import { formatBytes } from "../../src/system/format-bytes.ts";
import { maxSentences } from "../../src/trees/drift.ts";
import { bySetting, characters, count, fixed, type Section } from "./limit.ts";

const ofContainers = containerLog.options;

export const history: Section = {
  title: "What is kept",
  limits: [
    bySetting(
      table.keepReleases,
      "releases of an app, with what their builds said",
      "the oldest are forgotten",
    ),
    bySetting(
      table.keepImages,
      "images of an app",
      "the oldest go: a rollback to their releases is refused",
    ),
    fixed("events of the whole server", count(maxEvents), "the oldest are forgotten"),
    fixed(
      "detail of an event",
      characters(detailStart + detailEnd),
      `its first ${detailStart} and its last ${detailEnd} are kept`,
    ),
    {
      what: "log of a container",
      limit: `${ofContainers["max-file"]} files of ${ofContainers["max-size"]}`,
      beyond: "the oldest lines go; all of it goes with the container",
      setting: "`logging` of a service in the compose file",
    },
    fixed(
      "access log of an app, nginx's error log",
      `${formatBytes(maxLogBytes)} and ${oldAccessLogs} older ones as long, looked at every hour`,
      "the oldest goes",
    ),
    fixed(
      "Goku's own log, without systemd",
      `${formatBytes(maxLogBytes)} and as much of what was before, looked at every hour`,
      "older lines go",
    ),
    fixed("log of Goku's sshd", formatBytes(maxLogSize), "it is emptied"),
  ],
};

export const shown: Section = {
  title: "What is shown",
  limits: [
    fixed(
      "lines of the step that ended a build",
      `the last ${lastLinesKept}`,
      "the rest is in `octo logs --build`",
    ),
    fixed(
      "lines of a container that was not healthy",
      `the last ${logLines}`,
      "not shown, and gone with the container",
    ),
    fixed("warnings of docker compose", `the first ${mostWarnings}`, "the rest is counted"),
    fixed("other apps' images that a build uses", `the first ${mostTold}`, "the rest is counted"),
    fixed(
      "tracked files that a kept folder does not have as pushed",
      `the first ${maxSentences} of each mount`,
      "the rest is counted",
    ),
    fixed(
      "one line of a build, a command or a log",
      characters(maxLineLength),
      "is cut into parts",
    ),
    {
      what: "lines of `octo logs`",
      limit: `the last ${defaultTail} of each container`,
      beyond: "not shown",
      setting: "`--tail`, `--since`",
    },
    {
      what: "lines of `octo events`",
      limit: `the last ${defaultLimit}`,
      beyond: "not shown",
      setting: "`--limit`, up to all that are kept",
    },
  ],
};
