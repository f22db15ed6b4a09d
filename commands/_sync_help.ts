/**
 * What `sync --help` says of each driver, in the drivers' own words.
 *
 * @module
 */
import { drivers } from "../drivers/_index.ts";
import type { Driver } from "../drivers/driver.ts";
import { formatTable } from "../output/table.ts";
import { wrapText } from "../output/wrap.ts";

const COLUMNS = 80;
const WHOLE = "whole buffer only: --whole";

/** A row without the driver's name: drivers whose rows are the same share one. */
function formsOf(forms: NonNullable<Driver["syncForms"]>, { syncOps }: Driver): string[] {
  const all = Object.values(syncOps);
  const range = all.every(({ effect }) => effect === "wait" || effect === "none")
    ? "-"
    : all.every(({ granularity }) => granularity === "range")
    ? "exact"
    : WHOLE;
  return [forms.forDevice, forms.forCpu, range];
}

function nameOf({ name, syncForms }: Driver): string {
  if (name === "dumb") return "dumb buffers";
  return syncForms?.where === undefined ? name : `${name} (${syncForms.where})`;
}

/** The table of what `--for` becomes, and the names that `--op` takes. */
export async function syncHelp(): Promise<string> {
  const all = await Promise.all(Object.values(drivers).map((load) => load()));
  const rows = new Map<string, string[]>();
  const idle: string[] = [];
  for (const driver of all) {
    const { syncForms } = driver;
    if (syncForms === undefined) {
      idle.push(nameOf(driver));
      continue;
    }
    const key = formsOf(syncForms, driver).join("\n");
    rows.set(key, [...rows.get(key) ?? [], nameOf(driver)]);
  }
  const table = formatTable([
    ["driver", "--for device", "--for cpu", "range"],
    ...[...rows].map(([key, names]) => [names.join(", "), ...key.split("\n")]),
    ["a dma-buf", "end", "begin", WHOLE],
  ], "  ");
  const ops = all.flatMap((driver) => {
    const names = Object.keys(driver.syncOps);
    return names.length === 0 ? [] : [`${names.join(", ")} (${driver.name})`];
  });
  return [
    "What --for becomes for a cached buffer of a device that is not coherent:",
    table,
    ...wrapText(`Nothing becomes of it on: ${idle.join(", ")}.`, COLUMNS, ""),
    "Write-combined buffers and coherent devices need nothing, and are told so.",
    ...wrapText(`--op takes begin, end (a dma-buf); ${ops.join("; ")}.`, COLUMNS, ""),
  ].join("\n");
}
