import type { Rights } from "../store-ports.ts";
import { isRow, isTexts } from "./row.ts";

export function isRights(value: unknown): value is Rights {
  return (
    isRow(value) &&
    typeof value["admin"] === "boolean" &&
    isTexts(value["deploy"]) &&
    isTexts(value["read"])
  );
}
