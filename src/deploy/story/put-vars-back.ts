import type { App } from "../../app.ts";
import type { VarChange } from "../../ports.ts";
import type { Parts } from "../parts.ts";

/** Never replaces the error it is called for. @param undo null for nothing */
export async function putVarsBack(parts: Parts, app: App, undo: VarChange | null): Promise<void> {
  try {
    if (undo !== null) {
      await parts.vars.change(app.name, undo);
    }
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not take back what was written");
  }
}
