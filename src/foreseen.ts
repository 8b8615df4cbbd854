import { constants } from "node:os";
import { dirname } from "node:path";
import { diskFull, type GokuError, isGokuError } from "./errors.ts";

/**
 * What a user may be told of an error; null for a bug of Goku's. A full disk is none, wherever it is hit.
 * @param folder what was written to, where the caller knows: of a file that is open the system does not say it
 */
export function foreseen(error: unknown, folder: string | null = null): GokuError | null {
  if (isGokuError(error)) {
    return error;
  }
  return isDiskFull(error) ? diskFull(folderOf(error) ?? folder, error) : null;
}

function isDiskFull(error: unknown): error is Error {
  if (!(error instanceof Error)) {
    return false;
  }
  const code = "code" in error ? error.code : null;
  // Node has no name for a used-up quota, only its number.
  const isOverQuota = "errno" in error && error.errno === -constants.errno.EDQUOT;
  return code === "ENOSPC" || code === "SQLITE_FULL" || isOverQuota;
}

function folderOf(error: Error): string | null {
  return "path" in error && typeof error.path === "string" ? dirname(error.path) : null;
}
