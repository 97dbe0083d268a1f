import * as pulumi from "@pulumi/pulumi";
import { acceptedForm } from "../shared/argumentForm";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import { refuse } from "../shared/invalidArguments";
import { checkLate, knownTexts } from "../shared/lateCheck";
import { MANAGED } from "../shared/owner";
import { createTlsSecret } from "../shared/tlsSecret";
import { fittingOf, servingSecretProblems } from "./servingSecretProblems";
import type { ServingSecretArgs } from "./servingSecretArgs";

/**
 * The Secret with a serving certificate that the pods of a webhook or an extension API server mount, of type `kubernetes.io/tls`
 * with `tls.crt` and `tls.key`. It is immutable and named by the engine. A renewed certificate is a Secret with another name, so
 * a Deployment that mounts `secretName` rolls over to it, and the old Secret is deleted after that. A certificate that the API
 * server would refuse is refused before anything is made of it.
 */
export class ServingSecret extends pulumi.ComponentResource {
    /** The name of the Secret, for a volume of the pods. Another certificate has another name. */
    public readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: ServingSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = { component: "ServingSecret", name };
        args = acceptedForm(owner, args);
        const fitting = fittingOf(args);
        refuse(owner.component, name, servingSecretProblems(knownTexts(fitting)));
        super("secure-metrics-server:index:ServingSecret", name, {}, opts);

        const secret = createTlsSecret(`${name}-tls`, args, {
            metadata: {
                namespace: args.namespace,
                labels: pulumi.output(args.labels).apply((given) => ({ ...given, ...MANAGED })),
            },
            checked: checkLate(owner, fitting),
            opts: { parent: this, dependsOn: inheritedDependsOn(opts) },
        });

        this.secretName = secret.metadata.name;
        this.registerOutputs({ secretName: this.secretName });
    }
}
