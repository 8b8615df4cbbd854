import type { Finding, FindingKind } from "../../service.ts";
import type { ModelService } from "./model.ts";
import { isSet, listOf, recordOf, shown } from "./findings-values.ts";

/** What takes down the walls between a container and the server. */
export function isolationFindings(name: string, service: ModelService): Finding[] {
  const who = `service ${name}`;
  const finding = (kind: FindingKind, text: string): Finding => ({
    kind,
    text: `${who} ${text}`,
  });
  const setting = (kind: FindingKind, key: string, value: unknown = service[key]) =>
    isSet(value) ? [finding(kind, `sets ${key}: ${shown(value)}`)] : [];
  return [
    ...setting("privileged", "privileged"),
    ...namespaces(service).map((text) => finding("host-namespace", text)),
    ...setting("docker-socket", "use_api_socket"),
    ...setting("devices", "devices"),
    ...setting("devices", "device_cgroup_rules"),
    ...setting("devices", "gpus"),
    ...setting("devices", "deploy.resources.reservations.devices", reservedDevices(service)),
    ...(isUsualRuntime(service["runtime"]) ? [] : setting("devices", "runtime")),
    ...listOf(service["cap_add"])
      .filter((capability) => !isUsualCapability(capability))
      .map((capability) => finding("capabilities", `adds the capability ${shown(capability)}`)),
    ...securityOptions(service).map((text) => finding("security-options", text)),
  ];
}

function namespaces(service: ModelService): string[] {
  const { network_mode: network = "" } = service;
  const mode = (key: string, own: RegExp) => {
    const value = service[key];
    return isSet(value) && !own.test(String(value)) ? [`sets ${key}: ${shown(value)}`] : [];
  };
  return [
    ...(/^(?:host$|container:)/.test(network) ? [`sets network_mode: ${shown(network)}`] : []),
    ...mode("pid", /^(?:private$|service:)/),
    ...mode("ipc", /^(?:none|private|shareable)$|^service:/),
    ...mode("uts", /^private$/),
    ...mode("userns_mode", /^private$/),
    ...mode("cgroup", /^private$/),
    ...mode("cgroup_parent", /^$/),
  ];
}

function reservedDevices(service: ModelService): unknown {
  const resources = recordOf(service.deploy?.["resources"]);
  return recordOf(resources["reservations"])["devices"];
}

/** Docker's own. */
function isUsualRuntime(runtime: unknown): boolean {
  return runtime === "runc" || runtime === "io.containerd.runc.v2";
}

/** What every container has: `cap_drop: [ALL]` with some of these back is less, not more. */
const usualCapabilities = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

function isUsualCapability(capability: unknown): boolean {
  return usualCapabilities.has(String(capability).toUpperCase().replace(/^CAP_/, ""));
}

/** Sysctls that the kernel keeps apart for each container. */
const ownSysctls = /^(?:net\.|fs\.mqueue\.|kernel\.(?:msg|sem|shm))/;

function securityOptions(service: ModelService): string[] {
  const sysctls = Object.entries(recordOf(service["sysctls"]));
  const ulimits = recordOf(service["ulimits"]);
  const score = Number(service["oom_score_adj"] ?? 0);
  return [
    ...listOf(service["security_opt"])
      .filter((option) => !/^no-new-privileges(?:[:=]true)?$/.test(String(option)))
      .map((option) => `sets security_opt: ${shown(option)}`),
    ...sysctls
      .filter(([key]) => !ownSysctls.test(key))
      .map(([key, value]) => `sets the sysctl ${shown(key)}: ${shown(value)}`),
    ...(isSet(service["oom_kill_disable"]) ? ["sets oom_kill_disable: true"] : []),
    // Not below zero, and not what is no number either.
    ...(score >= 0 ? [] : [`sets oom_score_adj: ${shown(service["oom_score_adj"])}`]),
    ...(isSet(service["credential_spec"])
      ? [`sets credential_spec: ${shown(service["credential_spec"])}`]
      : []),
    // Processes of real-time priority go before the server's own, sshd among them.
    ...(isSet(service["cpu_rt_runtime"])
      ? [`sets cpu_rt_runtime: ${shown(service["cpu_rt_runtime"])}`]
      : []),
    ...["rtprio", "nice"]
      .filter((limit) => isSet(ulimits[limit]))
      .map((limit) => `sets the ulimit ${limit}: ${shown(ulimits[limit])}`),
    // Runtimes take orders from them: with runc, properties of the container's systemd unit.
    ...Object.keys(recordOf(service["annotations"])).map(
      (key) => `sets the annotation ${shown(key)}`,
    ),
  ];
}
