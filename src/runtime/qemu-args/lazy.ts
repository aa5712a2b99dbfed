/** A table that is made when it is first asked for: a start that never asks does not pay for it. */
export function lazy<Table>(make: () => Table): () => Table {
  let made: Table | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
