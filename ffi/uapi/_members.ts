/**
 * A structure's members as C spells their paths, for the tests that compare with C.
 *
 * @module
 */
import type { Field, StructType } from "../struct.ts";

/** One member; `offset` and `size` in bytes, `path` as offsetof() takes it. */
export interface Member {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly field: Field;
}

/**
 * All members of a structure. Those of unnamed types follow their parent; structures with a name
 * are not entered, they have an entry of their own. A field called `_anonymous` has no name in C.
 */
export function members(type: StructType, path = "", base = 0): Member[] {
  return type.layout.flatMap(({ name, offset, size, field }) => {
    const anonymous = name === "_anonymous";
    const full = anonymous ? path : path + name;
    const own = anonymous ? [] : [{ path: full, offset: base + offset, size, field }];
    const inner = field.kind === "nested" && field.struct.name === ""
      ? members(field.struct, anonymous ? path : `${full}.`, base + offset)
      : [];
    return [...own, ...inner];
  });
}
