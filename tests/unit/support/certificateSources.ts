import assert from "node:assert/strict";
import {
    CertificateSource,
    SecureMetricsServer,
    ServingCertificate,
    type CertificateSettingsArgs,
    type ServingCertificateArgs,
} from "../../../index";
import { COMPANY_CA } from "./cases";
import { SERVING, SERVING_CA, SERVING_KEY } from "./certificates";
import { NODES, SSH } from "./fixtures";
import { record, type Run } from "./mocks";
import { told } from "./refusals";

export const SERVICE = { serviceName: "metrics-server", namespace: "kube-system" };
export const NAME = "metrics-server.kube-system.svc";
export const CA = { certificatePem: COMPANY_CA.certificate, privateKeyPem: COMPANY_CA.key };
export const UNDER_CA = { source: CertificateSource.GivenCa, givenCa: CA };
export const GIVEN = { certificatePem: SERVING, caCertificatePem: SERVING_CA };
export const WITH_KEY = {
    source: CertificateSource.Given,
    given: { ...GIVEN, privateKeyPem: SERVING_KEY },
};
export const SECRET = {
    source: CertificateSource.ExistingSecret,
    existingSecret: { name: "from-elsewhere", caCertificatePem: SERVING_CA },
};

export function issued(
    settings: Partial<ServingCertificateArgs>,
): Promise<Run<ServingCertificate>> {
    return record(() => new ServingCertificate("s", { ...SERVICE, ...settings }));
}

export function secure(
    servingCertificate: CertificateSettingsArgs,
    states: Record<string, object> = {},
): Promise<Run<SecureMetricsServer>> {
    return record(
        () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, servingCertificate }),
        {
            states,
        },
    );
}

/** What a program is told before anything is registered, each problem a line. */
export async function problems(program: () => unknown): Promise<string[]> {
    const lines = (await told(program)).split("\n").slice(1);
    return lines.map((line) => line.replace(/^ {2}- /, ""));
}

export const refusedBy = (settings: object): Promise<string[]> =>
    problems(() => new ServingCertificate("s", { ...SERVICE, ...settings }));

export async function refused(settings: object, ...expected: (string | RegExp)[]): Promise<void> {
    const found = await refusedBy(settings);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((each, index) => {
        const line = found[index] ?? "";
        if (typeof each === "string") assert.ok(line.startsWith(each), line);
        else assert.match(line, each);
    });
}
