import { PolicyPack } from "@pulumi/policy";
import { POLICIES } from "./policies";

new PolicyPack("secure-metrics-server", {
    policies: POLICIES.map(({ name, description, rule }) => ({
        name,
        description,
        enforcementLevel: "mandatory" as const,
        validateResource: ({ type, props }, report): void => {
            for (const problem of rule(type, props as Record<string, unknown>)) {
                report(problem);
            }
        },
    })),
});
