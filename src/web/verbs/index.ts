import type { Verb } from "../verb.ts";
import { appsVerb, infoVerb, psVerb, statusVerb } from "./apps.ts";
import { configRemoveVerb, configSetVerb } from "./config-change.ts";
import { configEnvVerb, configExportVerb, configGetVerb, configVerb } from "./config-read.ts";
import {
  domainsAddVerb,
  domainsGetVerb,
  domainsRemoveVerb,
  domainsSetVerb,
  domainsVerb,
} from "./domains.ts";
import { eventsVerb } from "./events.ts";
import { keysAddVerb, keysListVerb, keysRemoveVerb } from "./keys.ts";
import {
  reloadVerb,
  removeVerb,
  restartVerb,
  scaleVerb,
  startVerb,
  stopVerb,
} from "./lifecycle.ts";
import { logsVerb } from "./logs.ts";
import { policyAllowVerb, policyDenyVerb, policyVerb } from "./policy.ts";
import { cancelVerb, releasesVerb, rollbackVerb } from "./releases.ts";
import { runVerb } from "./run.ts";
import { versionVerb } from "./server.ts";
import { tokensAddVerb, tokensListVerb, tokensRemoveVerb } from "./tokens.ts";
import { volumesPruneVerb, volumesVerb } from "./volumes.ts";

/** Everything that can be asked of a server. */
export const verbs: readonly Verb[] = [
  appsVerb,
  statusVerb,
  infoVerb,
  psVerb,
  releasesVerb,
  rollbackVerb,
  cancelVerb,
  logsVerb,
  scaleVerb,
  restartVerb,
  reloadVerb,
  stopVerb,
  startVerb,
  removeVerb,
  runVerb,
  volumesVerb,
  volumesPruneVerb,
  configVerb,
  configSetVerb,
  configGetVerb,
  configRemoveVerb,
  configExportVerb,
  configEnvVerb,
  domainsVerb,
  domainsSetVerb,
  domainsAddVerb,
  domainsRemoveVerb,
  domainsGetVerb,
  policyVerb,
  policyAllowVerb,
  policyDenyVerb,
  keysAddVerb,
  keysListVerb,
  keysRemoveVerb,
  tokensAddVerb,
  tokensListVerb,
  tokensRemoveVerb,
  eventsVerb,
  versionVerb,
];
