import { NodeRole, SecureMetricsServer } from "secure-metrics-server";

export const metrics = new SecureMetricsServer("metrics", {
    nodes: {
        cp1: {
            host: "10.0.0.11",
            // As `ssh-keyscan -t ed25519 10.0.0.11` prints it.
            hostKey:
                "10.0.0.11 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOghebS8R9/reMLzqFzq9akk1eHTK1r0hq1x6bf2oEy7",
            role: NodeRole.ControlPlane,
        },
        w1: {
            host: "10.0.0.12",
            hostKey:
                "10.0.0.12 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAING9KduqR6kHZoPYf98W2u/XrjAPA29JaG7/xJgTxzW4",
        },
    },
    ssh: { user: "ubuntu" },
    metricsServer: { replicas: 2 },
});
