import { isDnsSubdomain } from "../nodes/addresses";
import { HandDown } from "../shared/handDown";
import { peek, settled, valueNow, type Peeked } from "../shared/knownNow";
import { refuse, type Owner } from "../shared/invalidArguments";
import { servingPairProblems, type PairNames } from "../shared/servingPair";
import { underMocks } from "../shared/underMocks";
import type { MetricsServerArgs } from "./metricsServerArgs";

/** The name that the API server verifies. */
const SERVICE = "metrics-server.kube-system.svc";

const NAMES: PairNames = {
    certificate: "certificatePem",
    key: "privateKeyPem",
    bundle: "caBundle",
    bundleExpected: "base64 of the CA certificates",
};

/** A certificate that was made elsewhere, as far as it is known. */
export interface GivenCertificate {
    certificatePem: Peeked<string | undefined>;
    privateKeyPem: Peeked<string | undefined>;
    caBundle: Peeked<string | undefined>;
}

export function peekCertificate(args: MetricsServerArgs): GivenCertificate {
    return {
        certificatePem: peek(args.certificatePem),
        privateKeyPem: peek(args.privateKeyPem),
        caBundle: peek(args.caBundle),
    };
}

/** What is wrong with the name of a Secret, as far as it is known, and with what stands beside it. */
export function secretProblems(args: MetricsServerArgs): string[] {
    if (args.secretName === undefined) {
        return [];
    }
    const beside = (["certificatePem", "privateKeyPem"] as const).filter(
        (at) => args[at] !== undefined,
    );
    const name = valueNow(peek(args.secretName));
    return [
        ...beside.map(
            (at) => `${at} and secretName are both set; expected one of them; next: remove ${at}`,
        ),
        ...(name === undefined || isDnsSubdomain(name)
            ? []
            : [
                  `secretName is no name of a Secret; expected a lower-case DNS name; it is not shown, since a key may have got there`,
              ]),
    ];
}

const madeByParent = new HandDown<true>();

/** Marks arguments whose certificate this package makes or has looked at in the same run: there is nothing to check. */
export function withOwnCertificate(args: MetricsServerArgs): MetricsServerArgs {
    return madeByParent.give(args, true);
}

/** Ends well when the certificate is one to use, also when it becomes known late; otherwise with all problems. */
export function checkCertificate(owner: Owner, args: MetricsServerArgs): Promise<void> {
    const { certificatePem, privateKeyPem, caBundle } = peekCertificate(args);
    const known = certificatePem.known && privateKeyPem.known && caBundle.known;
    const checked =
        known || madeByParent.take(args) === true ? Promise.resolve() : checkLater(owner, args);
    // Whatever is made from the certificate fails with it.
    checked.catch(() => undefined);
    return checked;
}

async function checkLater({ component, name }: Owner, args: MetricsServerArgs): Promise<void> {
    const given: GivenCertificate = {
        certificatePem: await settled(args.certificatePem),
        privateKeyPem: await settled(args.privateKeyPem),
        caBundle: await settled(args.caBundle),
    };
    const needed = args.secretName === undefined ? Object.keys(given) : ["caBundle"];
    const empty = Object.entries(given as unknown as Record<string, Peeked<string | undefined>>)
        .filter(([at, value]) => needed.includes(at) && value.known && (value.value ?? "") === "")
        .map(([at]) => at);
    if (empty.length > 0 && underMocks()) {
        return;
    }
    const missing = empty.map((at) => `${at} is missing: what it comes from is empty`);
    refuse(component, name, missing.length > 0 ? missing : givenCertificateProblems(given));
}

/** Everything that is wrong with a certificate that was made elsewhere. No problem quotes the key. */
export function givenCertificateProblems(
    { certificatePem, privateKeyPem, caBundle }: GivenCertificate,
    now = new Date(),
): string[] {
    const bundle = valueNow(caBundle);
    const pair = {
        certificate: valueNow(certificatePem),
        key: valueNow(privateKeyPem),
        bundle: bundle === undefined ? undefined : decoded(bundle),
    };
    return servingPairProblems(pair, [SERVICE], NAMES, now);
}

/** The text of a `caBundle`; base64 of something else decodes to something else. */
function decoded(bundle: string): string {
    return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(bundle)
        ? Buffer.from(bundle, "base64").toString("utf8")
        : "";
}
