import { BUDGETS, found, notYet, until } from "../harness/budgets";
import { inventory, type Inventory } from "../harness/inventory";

/**
 * What there is on the machine when nothing of `left` is there any more. The kernel and the machine's init may take a moment
 * to remove the last of a dead process.
 */
export async function settled(left: (now: Inventory) => string[]): Promise<Inventory> {
    return until("the machine to be as before", BUDGETS.gone, () => {
        const now = inventory();
        const rest = left(now);
        return rest.length === 0 ? found(now) : notYet(rest.join("\n"));
    });
}
