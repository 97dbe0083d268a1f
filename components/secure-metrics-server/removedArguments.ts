/** What to say of arguments of earlier versions that are still set. */
export function removedArguments(args: object): string[] {
    const { checkOnly } = args as { checkOnly?: unknown };
    return checkOnly === undefined || checkOnly === null || checkOnly === false
        ? []
        : [
              "checkOnly is no argument any more; expected the component ClusterPreflight, which takes nodes, ssh and csrApproval, only reads, and may stand in any stack; next: make a ClusterPreflight instead",
          ];
}
