import {
    CertificateSource,
    MetricsServer,
    SecureMetricsServer,
    type CertificateSettingsArgs,
    type CertManagerArgs,
} from "../../../index";
import { problems } from "./certificateSources";
import { NODES, SSH } from "./fixtures";
import { record, type Recorded, type Run } from "./mocks";

export const settings = (certManager?: CertManagerArgs): CertificateSettingsArgs => ({
    source: CertificateSource.CertManager,
    ...(certManager !== undefined && { certManager }),
});

export function secure(
    certManager?: CertManagerArgs,
    { more = {}, states = {} }: { more?: object; states?: Record<string, object> } = {},
): Promise<Run<SecureMetricsServer>> {
    const servingCertificate = { ...settings(certManager), ...more };
    return record(
        () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, servingCertificate }),
        { states },
    );
}

export function alone(certManager: CertManagerArgs): Promise<Run<MetricsServer>> {
    return record(() => new MetricsServer("m", { certManager }));
}

/** What is cert-manager's of all that was registered. */
export function issued(resources: Recorded[]): Recorded[] {
    return resources.filter(({ type }) => type.startsWith("kubernetes:cert-manager.io/v1:"));
}

export const refusedBy = (certManager?: object, more: object = {}): Promise<string[]> =>
    problems(
        () =>
            new SecureMetricsServer("m", {
                nodes: NODES,
                ssh: SSH,
                servingCertificate: { ...settings(certManager), ...more },
            }),
    );
