import type { AppPolicy } from "../../web/answers.ts";
import { columns } from "../columns.ts";
import { type Command, command } from "../command.ts";

export const policy = command<AppPolicy>({
  example: "octo policy blog",
  parse: ([app]) => ({ app }),
  print: ({ allowed, findings }) => {
    const asked = new Set(findings.map(({ kind }) => kind));
    const rest = allowed.filter((kind) => !asked.has(kind));
    return columns([
      ...findings.map((finding) => [
        finding.kind,
        finding.allowed ? "allowed" : "not allowed",
        finding.text,
      ]),
      ...rest.map((kind) => [kind, "allowed", "not asked for"]),
    ]);
  },
  note: ({ app, allowed, findings }) =>
    allowed.length + findings.length === 0
      ? `${app} asks for nothing beyond its own, and is allowed nothing beyond it.\n`
      : "",
});

const change = (example: string): Command =>
  command<AppPolicy>({
    example,
    parse: ([app, ...kinds]) => ({
      app,
      kinds: kinds.flatMap((kind) => kind.split(",")).filter((kind) => kind !== ""),
    }),
    print: ({ app, allowed }) =>
      `From the next deploy on ${app} may ask for ${allowed.join(", ") || "nothing beyond its own"}.\n`,
  });

export const policyAllow = change("octo policy:allow blog docker-socket host-mounts");
export const policyDeny = change("octo policy:deny blog docker-socket");
