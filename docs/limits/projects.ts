import { longestPath, mostWildcardText } from "../../src/engine/build/ignore.ts";
import { interpretMemory, interpretTimeoutMs } from "../../src/engine/compose/interpret.ts";
import { creationTimeoutMs } from "../../src/engine/compose/up.ts";
import { longestDockerfile, longestTogether } from "../../src/project/compose/dockerfiles.ts";
import { mostInFile } from "../../src/project/compose/model.ts";
import { mostNames } from "../../src/project/compose/network-aliases.ts";
import { mostMounts } from "../../src/project/compose/service-volumes.ts";
import { mostFiles } from "../../src/project/compose/tree-mounts.ts";
import { deepestNesting, longestValue } from "../../src/project/dockerfile/expand.ts";
import { deepestNesting as deepestInHeredocs } from "../../src/project/dockerfile/shell-words.ts";
import { longestFile } from "../../src/project/normalised.ts";
import {
  archiveMemory,
  archiveTimeoutMs,
  maxDepth,
} from "../../src/receiver/repository/archive.ts";
import { maxFileSize } from "../../src/receiver/repository/read-files.ts";
import { fetchTimeoutMs } from "../../src/receiver/repository/submodule-cache.ts";
import { formatBytes } from "../../src/system/format-bytes.ts";
import { formatDuration } from "../../src/system/format-duration.ts";
import { maxOutput } from "../../src/system/process.ts";
import { usableRange } from "../../src/trees/owners.ts";
import { maxTextBytes } from "../../src/trees/look.ts";
import { characters, count, fixed, same, type Section } from "./limit.ts";

/** The user numbers of a container that is not privileged. */
const fewUsers = usableRange("0 0 65536")?.count ?? 0;

export const trees: Section = {
  title: "What is in a repository",
  limits: [
    fixed("`Dockerfile`, `CNAME`", formatBytes(longestFile), "the push is refused"),
    fixed(
      "`.dockerignore`, `.gitmodules`, compose file",
      formatBytes(maxFileSize),
      "the push is refused",
    ),
    fixed(
      "lines of `.dockerignore` with `*`, `?` or `[`",
      `${characters(mostWildcardText)} together`,
      "the push is refused",
    ),
    fixed(
      "path of a file, where `.dockerignore` is to tell",
      characters(longestPath),
      "the push is refused",
    ),
    fixed(
      "value of a variable in the Dockerfile",
      characters(longestValue),
      "counts as unknown, as do ports and base images that depend on it",
    ),
    fixed(
      "`${...}` inside each other in the Dockerfile",
      count(same(deepestNesting, deepestInHeredocs)),
      "counts as unknown, or the push is refused",
    ),
    fixed("submodules inside submodules", `${maxDepth} deep`, "the push is refused"),
    fixed("fetching a submodule", formatDuration(fetchTimeoutMs), "the push is refused"),
    fixed(
      "memory that git needs to write a commit's tree",
      formatBytes(archiveMemory),
      "the push is refused; that is some ten million paths",
    ),
    fixed("reading a commit's tree", formatDuration(archiveTimeoutMs), "the push fails"),
  ],
};

export const projects: Section = {
  title: "Compose projects",
  limits: [
    fixed("services", count(mostInFile.services), "the push is refused"),
    fixed("mounts", count(mostInFile.mounts), "the push is refused"),
    fixed("mounts, with those of `volumes_from`", count(mostMounts), "the push is refused"),
    fixed("secrets, configs and volumes that are folders", count(mostFiles), "the push is refused"),
    fixed(
      "names by `container_name` and `links`, counted once for each network",
      count(mostNames),
      "the push is refused",
    ),
    fixed(
      "Dockerfile of a service",
      formatBytes(same(longestDockerfile, maxTextBytes)),
      "it is built, but not read: its `EXPOSE` is not seen, and deployers need the policy kind `images`",
    ),
    fixed(
      "all Dockerfiles that differ",
      `${formatBytes(longestTogether)} together`,
      "the same, from the one on that does not fit",
    ),
    fixed(
      "docker compose reading the file",
      `${formatDuration(interpretTimeoutMs)}, ${formatBytes(interpretMemory)} of memory`,
      "the push is refused",
    ),
    fixed(
      "what docker compose makes of the file, as JSON",
      formatBytes(maxOutput),
      "the push is refused",
    ),
    fixed(
      "docker compose creating the containers",
      formatDuration(creationTimeoutMs),
      "the push is refused",
    ),
    fixed(
      "checkouts of projects, where Goku itself runs in an unprivileged container",
      count(fewUsers),
      "the push is refused: each has a user number of its own",
    ),
  ],
};
