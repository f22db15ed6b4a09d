/**
 * Finding an ioctl in the tables, by what people call it or by its request code.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { spells } from "./_names.ts";
import { type IoctlDefinition, splitRequest, type UapiTable } from "./ioctl.ts";
import { tables as allTables } from "./uapi/_index.ts";

/** An ioctl and where it stands: `tables[…].ioctls[key]`. */
export interface FoundIoctl {
  readonly table: UapiTable;
  readonly key: string;
  readonly definition: IoctlDefinition;
}

/** What a request code stands for. */
export interface FoundCode extends FoundIoctl {
  /** The argument size in the code, in bytes. */
  readonly size: number;
  /** Whether that is another size than the table's: an older or newer caller, or a made-up one. */
  readonly otherSize: boolean;
}

function entries(tables: readonly UapiTable[]): FoundIoctl[] {
  return tables.flatMap((table) =>
    Object.entries(table.ioctls).map(([key, definition]) => ({ table, key, definition }))
  );
}

function qualified({ table, key }: FoundIoctl): string {
  return `${table.name}.${key}`;
}

/** The three nearest to a name that is not there, compared as the name is written. */
function nearest(name: string, among: readonly FoundIoctl[]): string {
  const spelling = name.includes(".")
    ? qualified
    : /ioctl/i.test(name)
    ? ({ definition }: FoundIoctl) => definition.name
    : ({ key }: FoundIoctl) => key;
  let left = among.map((entry) => ({ entry, spelled: spelling(entry) }));
  const found: string[] = [];
  while (found.length < 3 && left.length > 0) {
    const words = left.map(({ spelled }) => spelled);
    const best = closestString(name, words, { caseSensitive: false });
    found.push(
      ...left.filter(({ spelled }) => spelled === best).map(({ entry }) => qualified(entry)),
    );
    left = left.filter(({ spelled }) => spelled !== best);
  }
  return found.join(", ");
}

/**
 * The ioctl of a name: in full (`DRM_IOCTL_PANTHOR_BO_SYNC`), with its table (`panthor.BO_SYNC`),
 * or short (`BO_SYNC`) where only one of `tables` has it. Letter case and `-` for `_` do not matter.
 * @throws {TypeError} when no table has it or several have; the message names the nearest
 */
export function findIoctl(name: string, tables: readonly UapiTable[] = allTables): FoundIoctl {
  const all = entries(tables);
  const exact = all.find(({ definition }) => spells(name, "", definition.name));
  if (exact) return exact;
  const dot = name.indexOf(".");
  const matches = dot >= 0
    ? all.filter(({ table, key }) =>
      spells(name.slice(0, dot), "", table.name) && spells(name.slice(dot + 1), "", key)
    )
    : all.filter(({ table, key, definition }) =>
      spells(name, definition.name.slice(0, -key.length), key) ||
      spells(name, `${table.name}_`, key)
    );
  const [found, ...more] = matches;
  if (found && more.length === 0) return found;
  if (found) {
    throw new TypeError(
      `There are ${matches.length} calls "${name}": write ${matches.map(qualified).join(" or ")}`,
    );
  }
  const names = tables.map((table) => table.name).join(", ");
  throw new TypeError(
    all.length === 0
      ? `There is no call "${name}": no tables were given`
      : `There is no call "${name}" in ${names}: the nearest are ${nearest(name, all)}`,
  );
}

/**
 * What a request code stands for on a descriptor whose tables are known by name (`["drm",
 * "panthor"]`). An entry of the very code comes first, then one of the same type and number, since
 * the kernel looks at these two alone. Undefined where the tables have neither.
 */
export function findByCode(
  code: number,
  tableNames: readonly string[],
  tables: readonly UapiTable[] = allTables,
): FoundCode | undefined {
  const { type, number, size } = splitRequest(code);
  const candidates = entries(tables.filter((table) => tableNames.includes(table.name)));
  const found = candidates.find(({ definition }) => definition.code === code >>> 0) ??
    candidates.find(({ definition }) => {
      const known = splitRequest(definition.code);
      return known.type === type && known.number === number;
    });
  if (!found) return undefined;
  return { ...found, size, otherSize: splitRequest(found.definition.code).size !== size };
}
