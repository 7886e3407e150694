// What one operation touches, counted once everything is warm: requests, KV operations, calls of objects, rows.
import { OPERATIONS } from "./operations.mjs";
import { Party } from "./party.mjs";

/** So often an operation is done before the one that is counted: keys are made and copied, isolates know what they keep. */
const WARM_UP = 2;

const KV_WRITES = ["put", "delete"];

function summed({ requests, bytes }, { kv, objects }) {
  const sum = (member) => Object.values(objects).reduce((all, object) => all + object[member], 0);
  return {
    requests,
    bytes,
    kvReads: kv.get + kv.bulk,
    kvLists: kv.list,
    kvWrites: KV_WRITES.reduce((all, name) => all + kv[name], 0),
    calls: sum("calls"),
    rowsRead: sum("rowsRead"),
    // The platform bills an alarm that is set as a row.
    rowsWritten: sum("rowsWritten") + sum("alarms"),
  };
}

async function once(operation, party, user) {
  if (operation.page) return () => party.read(party.target.paths[operation.page]);
  const state = await operation.begin(party, user);
  return () => operation.step(party, state);
}

/**
 * Does each operation of a contender, and gives { operation: { requests, bytes, kvReads, kvLists, kvWrites, calls, rowsRead, rowsWritten } }, where it was started
 * metered. `bytes`: of the bodies that it answers with.
 */
export async function countOperations({ contender, server, target }, names) {
  const party = new Party(target);
  const [user] = target.users ?? [];
  const counted = {};
  for (const name of names.filter((one) => contender.operations.includes(one))) {
    for (let i = 0; i < WARM_UP; i++) await (await once(OPERATIONS[name], party, user))();
    if (contender.isMetered === false) continue;
    const work = await once(OPERATIONS[name], party, user);
    await server.resetCounts();
    party.seen = { requests: 0, bytes: 0 };
    await work();
    counted[name] = summed(party.seen, await server.counts());
  }
  return counted;
}
